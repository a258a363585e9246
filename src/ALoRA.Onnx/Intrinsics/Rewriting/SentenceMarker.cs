using System.Text.Json.Nodes;
using ALoRA.Onnx.Intrinsics.Definitions;
using ALoRA.Onnx.Intrinsics.Sentences;

namespace ALoRA.Onnx.Intrinsics.Rewriting;

/// <summary>Puts a numbered mark before each sentence, so that the model can name sentences.</summary>
internal static class SentenceMarker
{
    public static void Apply(ChatRequest request, SentenceTags tags)
    {
        int last = request.Messages.Count - 1;
        if (tags.LastMessage is { Length: > 0 } lastTag)
        {
            if (last < 0)
            {
                throw new IntrinsicFormatException("The request has no message; expected at least one, whose sentences are marked.");
            }

            Mark(request.Messages[last]!.AsObject(), "content", lastTag, first: 0);
        }

        int count = 0;
        if (tags.Documents is { Length: > 0 } documentTag)
        {
            foreach (JsonObject document in request.Documents ?? [])
            {
                count += Mark(document, "text", documentTag, count);
            }
        }

        if (tags.History is { Length: > 0 } historyTag)
        {
            for (int i = 0; i < last; i++)
            {
                count += Mark(request.Messages[i]!.AsObject(), "content", historyTag, count);
            }
        }
    }

    // White space between sentences becomes one space; a text without sentences stays as it is.
    private static int Mark(JsonObject owner, string key, string tag, int first)
    {
        IReadOnlyList<string> sentences = SentenceSplitter.Split((string)owner[key]!);
        owner[key] = string.Join(' ', sentences.Select((sentence, i) => SentenceTags.Mark(tag, first + i) + sentence));
        return sentences.Count;
    }
}
