using System.Text.Json;

namespace ALoRA.Onnx.Server.Answers;

/// <summary>Writes answers of <c>/v1/completions</c>.</summary>
/// <param name="Id">The answer's id.</param>
/// <param name="Created">When it was asked for, in seconds since 1970.</param>
/// <param name="Model">The model's name.</param>
/// <param name="TopLogprobs">How many likely tokens; null for no log-probabilities.</param>
/// <param name="HasUsage">Whether a stream tells usage at its end.</param>
internal sealed record CompletionJson(string Id, long Created, string Model, int? TopLogprobs, bool HasUsage)
{
    /// <summary>Writes a whole answer.</summary>
    /// <param name="json">The writer.</param>
    /// <param name="choices">All choices of all prompts.</param>
    /// <param name="echoes">What stands before each of them.</param>
    /// <param name="usage">What all took.</param>
    public void WriteAnswer(Utf8JsonWriter json, IReadOnlyList<CollectedChoice> choices, IReadOnlyList<string> echoes, in AnswerUsage usage)
    {
        Start(json);
        for (int i = 0; i < choices.Count; i++)
        {
            int offset = echoes[i].Length;
            WriteChoice(json, i, echoes[i] + choices[i].Text, choices[i].Logprobs, ref offset, choices[i].End.Reason);
        }

        json.WriteEndArray();
        AnswerJson.WriteUsage(json, usage);
        json.WriteEndObject();
    }

    /// <summary>Writes a piece of a choice.</summary>
    /// <param name="json">The writer.</param>
    /// <param name="index">The choice.</param>
    /// <param name="text">The piece.</param>
    /// <param name="logprobs">Those of its tokens; null for none.</param>
    /// <param name="offset">Where its first token stands in the text; moved behind the last one.</param>
    /// <param name="finish">Why the choice ended; null if it goes on.</param>
    public void WritePiece(
        Utf8JsonWriter json, int index, string text, List<TokenLogprobs>? logprobs, ref int offset, string? finish)
    {
        Start(json);
        WriteChoice(json, index, text, logprobs, ref offset, finish);
        json.WriteEndArray();
        if (HasUsage)
        {
            json.WriteNull("usage"u8);
        }

        json.WriteEndObject();
    }

    /// <summary>Writes the chunk that has no choice, but what all took.</summary>
    public void WriteUsage(Utf8JsonWriter json, in AnswerUsage usage)
    {
        Start(json);
        json.WriteEndArray();
        AnswerJson.WriteUsage(json, usage);
        json.WriteEndObject();
    }

    private void Start(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, Id);
        json.WriteString("object"u8, "text_completion"u8);
        json.WriteNumber("created"u8, Created);
        json.WriteString("model"u8, Model);
        json.WriteStartArray("choices"u8);
    }

    private void WriteChoice(
        Utf8JsonWriter json, int index, string text, List<TokenLogprobs>? logprobs, ref int offset, string? finish)
    {
        json.WriteStartObject();
        json.WriteNumber("index"u8, index);
        json.WriteString("text"u8, text);
        if (TopLogprobs is int top && logprobs is not null)
        {
            WriteLogprobs(json, logprobs, top, ref offset);
        }
        else
        {
            json.WriteNull("logprobs"u8);
        }

        json.WriteString("finish_reason"u8, finish);
        json.WriteEndObject();
    }

    // The older form: four lists side by side.
    private static void WriteLogprobs(Utf8JsonWriter json, List<TokenLogprobs> logprobs, int top, ref int offset)
    {
        json.WriteStartObject("logprobs"u8);
        json.WriteStartArray("tokens"u8);
        foreach (TokenLogprobs one in logprobs)
        {
            json.WriteStringValue(AnswerJson.TextOf(one.Token));
        }

        json.WriteEndArray();
        json.WriteStartArray("token_logprobs"u8);
        foreach (TokenLogprobs one in logprobs)
        {
            json.WriteNumberValue(AnswerJson.Finite(one.Token.Logprob));
        }

        json.WriteEndArray();
        json.WriteStartArray("top_logprobs"u8);
        foreach (TokenLogprobs one in logprobs)
        {
            json.WriteStartObject();
            HashSet<string> written = new(StringComparer.Ordinal);
            for (int i = 0; i < Math.Min(top, one.Top.Count); i++)
            {
                // Parts of characters may read the same; the likelier one is named.
                if (written.Add(AnswerJson.TextOf(one.Top[i])))
                {
                    json.WriteNumber(AnswerJson.TextOf(one.Top[i]), AnswerJson.Finite(one.Top[i].Logprob));
                }
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("text_offset"u8);
        foreach (TokenLogprobs one in logprobs)
        {
            json.WriteNumberValue(offset);
            offset += AnswerJson.TextOf(one.Token).Length;
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
