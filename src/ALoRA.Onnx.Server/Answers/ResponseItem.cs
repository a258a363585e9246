using System.Text;
using System.Text.Json;

namespace ALoRA.Onnx.Server.Answers;

/// <summary>One item of a response: a message, what was thought, or a call.</summary>
internal sealed class ResponseItem(string kind, AnsweredCall call = default)
{
    public const string Message = "message";
    public const string Reasoning = "reasoning";
    public const string Call = "function_call";

    private readonly StringBuilder _text = new();

    public string Kind => kind;

    public string Id { get; } = AnswerJson.NewId(kind switch { Message => "msg", Reasoning => "rs", _ => "fc" });

    public string Text => _text.ToString();

    public List<TokenLogprobs> Logprobs { get; } = [];

    /// <summary>The call's arguments.</summary>
    public string Arguments => call.Arguments;

    public bool IsDone { get; set; }

    public void Append(string text) => _text.Append(text);

    /// <summary>Writes the item as it is now.</summary>
    /// <param name="json">The writer.</param>
    /// <param name="top">How many likely tokens; null for no log-probabilities.</param>
    public void Write(Utf8JsonWriter json, int? top)
    {
        json.WriteStartObject();
        json.WriteString("type"u8, kind);
        json.WriteString("id"u8, Id);
        json.WriteString("status"u8, IsDone ? "completed"u8 : "in_progress"u8);
        switch (kind)
        {
            case Message:
                json.WriteString("role"u8, "assistant"u8);
                json.WriteStartArray("content"u8);
                if (IsDone)
                {
                    WritePart(json, top);
                }

                json.WriteEndArray();
                break;
            case Reasoning:
                json.WriteStartArray("summary"u8);
                json.WriteEndArray();
                json.WriteStartArray("content"u8);
                if (IsDone)
                {
                    WritePart(json, top);
                }

                json.WriteEndArray();
                break;
            default:
                json.WriteString("call_id"u8, call.Id);
                json.WriteString("name"u8, call.Name);
                json.WriteString("arguments"u8, IsDone ? call.Arguments : "");
                break;
        }

        json.WriteEndObject();
    }

    /// <summary>Writes the one part of a message or of what was thought.</summary>
    public void WritePart(Utf8JsonWriter json, int? top)
    {
        json.WriteStartObject();
        json.WriteString("type"u8, kind == Message ? "output_text"u8 : "reasoning_text"u8);
        json.WriteString("text"u8, Text);
        if (kind == Message)
        {
            json.WriteStartArray("annotations"u8);
            json.WriteEndArray();
            AnswerJson.WriteTokens(json, "logprobs", Logprobs, top ?? 0);
        }

        json.WriteEndObject();
    }
}
