using System.Text.Json;

namespace ALoRA.Onnx.Server.Answers;

/// <summary>Writes answers of <c>/v1/chat/completions</c>.</summary>
/// <param name="Id">The answer's id.</param>
/// <param name="Created">When it was asked for, in seconds since 1970.</param>
/// <param name="Model">The model's name.</param>
/// <param name="TopLogprobs">How many likely tokens; null for no log-probabilities.</param>
/// <param name="HasUsage">Whether a stream tells usage at its end.</param>
internal sealed record ChatJson(string Id, long Created, string Model, int? TopLogprobs, bool HasUsage)
{
    /// <summary>Writes a whole answer.</summary>
    public void WriteAnswer(Utf8JsonWriter json, IReadOnlyList<CollectedChoice> choices, in AnswerUsage usage)
    {
        Start(json, "chat.completion"u8);
        for (int i = 0; i < choices.Count; i++)
        {
            CollectedChoice choice = choices[i];
            json.WriteStartObject();
            json.WriteNumber("index"u8, i);
            json.WriteStartObject("message"u8);
            json.WriteString("role"u8, "assistant"u8);
            string text = choice.Text;
            if (text.Length == 0 && choice.Calls.Count > 0)
            {
                json.WriteNull("content"u8);
            }
            else
            {
                json.WriteString("content"u8, text);
            }

            json.WriteNull("refusal"u8);
            if (choice.Reasoning is { Length: > 0 } reasoning)
            {
                json.WriteString("reasoning_content"u8, reasoning);
            }

            WriteCalls(json, choice.Calls, isDelta: false);
            json.WriteEndObject();
            AnswerJson.WriteLogprobs(json, choice.Logprobs, TopLogprobs);
            json.WriteString("finish_reason"u8, choice.End.Reason);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        AnswerJson.WriteUsage(json, usage);
        json.WriteEndObject();
    }

    /// <summary>Writes the first chunk of a choice, which says whose turn it is.</summary>
    public void WriteRole(Utf8JsonWriter json, int index)
    {
        StartChoice(json, index);
        json.WriteString("role"u8, "assistant"u8);
        json.WriteString("content"u8, ""u8);
        json.WriteEndObject();
        EndChoice(json, logprobs: null, finish: null);
    }

    /// <summary>Writes what a token adds.</summary>
    public void WriteDelta(Utf8JsonWriter json, int index, ChoiceDelta delta)
    {
        StartChoice(json, index);
        if (delta.Reasoning.Length > 0)
        {
            json.WriteString("reasoning_content"u8, delta.Reasoning);
        }

        if (delta.Text.Length > 0 || (delta.Calls.Count == 0 && delta.Reasoning.Length == 0))
        {
            json.WriteString("content"u8, delta.Text);
        }

        WriteCalls(json, delta.Calls, isDelta: true);
        json.WriteEndObject();
        EndChoice(json, delta.Logprobs.Count == 0 ? null : delta.Logprobs, finish: null);
    }

    /// <summary>Writes why a choice ended.</summary>
    public void WriteEnd(Utf8JsonWriter json, int index, string reason)
    {
        StartChoice(json, index);
        json.WriteEndObject();
        EndChoice(json, logprobs: null, reason);
    }

    /// <summary>Writes the chunk that has no choice, but what all took.</summary>
    public void WriteUsage(Utf8JsonWriter json, in AnswerUsage usage)
    {
        Start(json, "chat.completion.chunk"u8);
        json.WriteEndArray();
        AnswerJson.WriteUsage(json, usage);
        json.WriteEndObject();
    }

    private static void WriteCalls(Utf8JsonWriter json, List<AnsweredCall> calls, bool isDelta)
    {
        if (calls.Count == 0)
        {
            return;
        }

        json.WriteStartArray("tool_calls"u8);
        foreach (AnsweredCall call in calls)
        {
            json.WriteStartObject();
            if (isDelta)
            {
                json.WriteNumber("index"u8, call.Index);
            }

            json.WriteString("id"u8, call.Id);
            json.WriteString("type"u8, "function"u8);
            json.WriteStartObject("function"u8);
            json.WriteString("name"u8, call.Name);
            json.WriteString("arguments"u8, call.Arguments);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private void Start(Utf8JsonWriter json, ReadOnlySpan<byte> kind)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, Id);
        json.WriteString("object"u8, kind);
        json.WriteNumber("created"u8, Created);
        json.WriteString("model"u8, Model);
        json.WriteStartArray("choices"u8);
    }

    private void StartChoice(Utf8JsonWriter json, int index)
    {
        Start(json, "chat.completion.chunk"u8);
        json.WriteStartObject();
        json.WriteNumber("index"u8, index);
        json.WriteStartObject("delta"u8);
    }

    private void EndChoice(Utf8JsonWriter json, List<TokenLogprobs>? logprobs, string? finish)
    {
        if (logprobs is null)
        {
            json.WriteNull("logprobs"u8);
        }
        else
        {
            AnswerJson.WriteLogprobs(json, logprobs, TopLogprobs);
        }

        json.WriteString("finish_reason"u8, finish);
        json.WriteEndObject();
        json.WriteEndArray();
        if (HasUsage)
        {
            json.WriteNull("usage"u8);
        }

        json.WriteEndObject();
    }
}
