using ALoRA.Onnx.Intrinsics.Definitions;
using ALoRA.Onnx.Unicode;

namespace ALoRA.Onnx.Intrinsics.Transformations;

/// <summary>A sentence of a rewritten request.</summary>
internal sealed record MarkedSentence(long Begin, long End, string Text, string? DocumentId, long? MessageIndex)
{
    /// <summary>The value of a fact as JSON has it.</summary>
    public object? Get(SentenceFact fact) => fact switch
    {
        SentenceFact.Begin => Begin,
        SentenceFact.End => End,
        SentenceFact.Text => Text,
        SentenceFact.DocumentId => DocumentId,
        _ => MessageIndex,
    };

    /// <summary>Finds the marks of a text again.</summary>
    /// <param name="text">A text with marks.</param>
    /// <param name="tag">The marks' tag.</param>
    /// <param name="first">Number of its first mark.</param>
    /// <param name="documentId">Id of the document that the text is, if it is one.</param>
    /// <param name="messageIndex">Index of the message that the text is, if it is an earlier one.</param>
    /// <exception cref="IntrinsicFormatException">The first mark is not in the text.</exception>
    public static IEnumerable<MarkedSentence> Read(string text, string tag, int first, string? documentId = null, long? messageIndex = null)
    {
        string mark = SentenceTags.Mark(tag, first);
        int start = text.IndexOf(mark, StringComparison.Ordinal);
        if (start < 0)
        {
            throw new IntrinsicFormatException(
                $"The request has a text without the sentence mark '{mark}'. Give the rewritten request that the model has answered.");
        }

        long begin = 0;
        for (int number = first + 1; start >= 0; number++)
        {
            start += mark.Length;
            mark = SentenceTags.Mark(tag, number);
            int next = text.IndexOf(mark, start, StringComparison.Ordinal);
            string sentence = next < 0 ? text[start..] : text[start..next];
            long end = begin + CodePoints.Count(sentence);
            yield return new MarkedSentence(begin, end, sentence, documentId, messageIndex);
            begin = end;
            start = next;
        }
    }
}
