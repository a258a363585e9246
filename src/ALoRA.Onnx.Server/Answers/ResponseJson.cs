using System.Text.Json;
using ALoRA.Onnx.Server.Errors;
using ALoRA.Onnx.Server.Wire;

namespace ALoRA.Onnx.Server.Answers;

/// <summary>Writes the object of <c>/v1/responses</c>.</summary>
/// <param name="Id">The answer's id.</param>
/// <param name="Created">When it was asked for, in seconds since 1970.</param>
/// <param name="Model">The model's name.</param>
/// <param name="TopLogprobs">How many likely tokens; null for no log-probabilities.</param>
/// <param name="Body">The request, of which the object tells.</param>
internal sealed record ResponseJson(string Id, long Created, string Model, int? TopLogprobs, ResponsesBody Body)
{
    /// <summary>Writes the object.</summary>
    /// <param name="json">The writer.</param>
    /// <param name="items">What there is of the answer.</param>
    /// <param name="usage">What it took; null while it is not over.</param>
    /// <param name="isCut">Whether its limit of tokens ended it.</param>
    /// <param name="error">Why it failed; null if it did not.</param>
    public void Write(Utf8JsonWriter json, IReadOnlyList<ResponseItem> items, AnswerUsage? usage, bool isCut, ApiError? error = null)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, Id);
        json.WriteString("object"u8, "response"u8);
        json.WriteNumber("created_at"u8, Created);
        json.WriteString("status"u8, error is not null ? "failed" : usage is null ? "in_progress" : isCut ? "incomplete" : "completed");
        json.WriteBoolean("background"u8, false);
        if (error is null)
        {
            json.WriteNull("error"u8);
        }
        else
        {
            json.WriteStartObject("error"u8);
            json.WriteString("code"u8, error.Code ?? error.Type);
            json.WriteString("message"u8, error.Message);
            json.WriteEndObject();
        }

        if (isCut)
        {
            json.WriteStartObject("incomplete_details"u8);
            json.WriteString("reason"u8, "max_output_tokens"u8);
            json.WriteEndObject();
        }
        else
        {
            json.WriteNull("incomplete_details"u8);
        }

        json.WriteString("instructions"u8, Body.Instructions);
        WriteNumber(json, "max_output_tokens", Body.MaxOutputTokens);
        json.WriteString("model"u8, Model);
        json.WriteStartArray("output"u8);
        foreach (ResponseItem item in items)
        {
            item.Write(json, TopLogprobs);
        }

        json.WriteEndArray();
        json.WriteBoolean("parallel_tool_calls"u8, Body.ParallelToolCalls != false);
        json.WriteNull("previous_response_id"u8);
        json.WriteBoolean("store"u8, false);
        WriteNumber(json, "temperature", Body.Temperature);
        WriteNumber(json, "top_p", Body.TopP);
        WriteRequest(json);
        json.WriteString("truncation"u8, "disabled"u8);
        WriteUsage(json, usage);
        json.WriteString("user"u8, Body.User);
        json.WritePropertyName("metadata"u8);
        if (Body.Metadata.ValueKind == JsonValueKind.Object)
        {
            Body.Metadata.WriteTo(json);
        }
        else
        {
            json.WriteStartObject();
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void WriteNumber(Utf8JsonWriter json, string name, double? value)
    {
        if (value is double number)
        {
            json.WriteNumber(name, number);
        }
        else
        {
            json.WriteNull(name);
        }
    }

    private static void WriteUsage(Utf8JsonWriter json, AnswerUsage? usage)
    {
        if (usage is not AnswerUsage given)
        {
            json.WriteNull("usage"u8);
            return;
        }

        json.WriteStartObject("usage"u8);
        json.WriteNumber("input_tokens"u8, given.Prompt);
        json.WriteStartObject("input_tokens_details"u8);
        json.WriteNumber("cached_tokens"u8, given.Cached);
        json.WriteEndObject();
        json.WriteNumber("output_tokens"u8, given.Generated);
        json.WriteStartObject("output_tokens_details"u8);
        json.WriteNumber("reasoning_tokens"u8, given.Reasoning);
        json.WriteEndObject();
        json.WriteNumber("total_tokens"u8, given.Prompt + given.Generated);
        json.WriteEndObject();
    }

    private void WriteRequest(Utf8JsonWriter json)
    {
        json.WriteStartObject("text"u8);
        json.WriteStartObject("format"u8);
        ResponseFormatBody? format = Body.Text?.Format;
        json.WriteString("type"u8, format?.Type ?? "text");
        if (format?.Type == "json_schema")
        {
            json.WriteString("name"u8, format.Name);
            json.WritePropertyName("schema"u8);
            format.Schema.WriteTo(json);
            json.WriteBoolean("strict"u8, format.Strict == true);
        }

        json.WriteEndObject();
        json.WriteEndObject();
        json.WritePropertyName("tool_choice"u8);
        if (Body.ToolChoice.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null)
        {
            json.WriteStringValue("auto"u8);
        }
        else
        {
            Body.ToolChoice.WriteTo(json);
        }

        json.WriteStartArray("tools"u8);
        foreach (ResponseToolBody tool in Body.Tools ?? [])
        {
            json.WriteStartObject();
            json.WriteString("type"u8, tool.Type);
            json.WriteString("name"u8, tool.Name);
            json.WriteString("description"u8, tool.Description);
            json.WritePropertyName("parameters"u8);
            if (tool.Parameters.ValueKind == JsonValueKind.Undefined)
            {
                json.WriteNullValue();
            }
            else
            {
                tool.Parameters.WriteTo(json);
            }

            json.WriteBoolean("strict"u8, tool.Strict == true);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
