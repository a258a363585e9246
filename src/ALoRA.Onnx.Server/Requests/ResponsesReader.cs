using System.Text.Json;
using ALoRA.Onnx.Server.Errors;
using ALoRA.Onnx.Server.Wire;

namespace ALoRA.Onnx.Server.Requests;

/// <summary>Makes a request for a response into one for a chat completion, as far as the server needs to remember nothing.</summary>
internal static class ResponsesReader
{
    private const string Input = "input";

    /// <summary>The same request in the form of chat completions.</summary>
    /// <exception cref="ApiError">400: it asks for something that would have to be stored, or is malformed.</exception>
    public static ChatBody Read(ResponsesBody body)
    {
        Refuse(body.PreviousResponseId is { Length: > 0 }, "previous_response_id", "nothing is stored here. Send the whole conversation");
        Refuse(IsSet(body.Conversation), "conversation", "nothing is stored here. Send the whole conversation");
        Refuse(body.Background == true, "background", "answers are never left running. Leave it out");
        Refuse(body.Truncation is not (null or "disabled"), "truncation", "nothing of a request is dropped. Shorten it");
        Refuse(body.N > 1, "n", "a response has one answer. Send several requests");
        if (body.MaxOutputTokens < 1)
        {
            throw ApiError.Invalid(
                $"'max_output_tokens' must be at least 1, but is {body.MaxOutputTokens}.", "max_output_tokens", "out_of_range");
        }

        bool wantsLogprobs = body.TopLogprobs > 0 || body.Include?.Contains("message.output_text.logprobs", StringComparer.Ordinal) == true;
        return new ChatBody
        {
            Model = body.Model,
            Messages = MessagesOf(body),
            Temperature = body.Temperature,
            TopP = body.TopP,
            TopK = body.TopK,
            MinP = body.MinP,
            PresencePenalty = body.PresencePenalty,
            FrequencyPenalty = body.FrequencyPenalty,
            RepetitionPenalty = body.RepetitionPenalty,
            NoRepeatNgramSize = body.NoRepeatNgramSize,
            Seed = body.Seed,
            Stop = body.Stop,
            StopTokenIds = body.StopTokenIds,
            LogitBias = body.LogitBias,
            IgnoreEos = body.IgnoreEos,
            MaxCompletionTokens = body.MaxOutputTokens ?? body.MaxTokens,
            StructuredOutputs = body.StructuredOutputs,
            GuidedJson = body.GuidedJson,
            PromptCacheKey = body.PromptCacheKey,
            CacheSalt = body.CacheSalt,
            Logprobs = wantsLogprobs,
            TopLogprobs = wantsLogprobs ? body.TopLogprobs ?? 0 : null,
            ResponseFormat = FormatOf(body.Text?.Format),
            Tools = body.Tools is null ? null : [.. body.Tools.Select(ToolOf)],
            ToolChoice = body.ToolChoice,
            ParallelToolCalls = body.ParallelToolCalls,
            ChatTemplateKwargs = body.ChatTemplateKwargs,
            Documents = body.Documents,
            Arguments = body.Arguments,
            Raw = body.Raw,
        };
    }

    private static MessageBody[] MessagesOf(ResponsesBody body)
    {
        List<MessageBody> messages = [];
        switch (body.Input.ValueKind)
        {
            case JsonValueKind.String:
                messages.Add(new MessageBody { Role = "user", Content = body.Input });
                break;
            case JsonValueKind.Array:
                ResponseItemBody[] items = JsonBody.Read(body.Input, WireContext.Default.ResponseItemBodyArray, Input);
                for (int i = 0; i < items.Length; i++)
                {
                    Add(messages, items[i], $"{Input}[{i}]");
                }

                break;
            case JsonValueKind.Undefined or JsonValueKind.Null:
                throw ApiError.Invalid($"'{Input}' is missing.", Input, "missing_field");
            default:
                throw ApiError.Invalid($"'{Input}' should be a text or a list of items.", Input, "invalid_type");
        }

        if (messages.Count == 0)
        {
            throw ApiError.Invalid($"'{Input}' is empty. Send at least one message.", Input, "missing_field");
        }

        if (body.Instructions is { Length: > 0 } instructions)
        {
            // Templates take one system message, and want it first.
            MessageBody? first = messages[0].Role is "system" or "developer" ? messages[0] : null;
            string text = first is null ? instructions : $"{instructions}\n\n{MessageReader.TextOf(first.Content, Input)}";
            if (first is not null)
            {
                messages.RemoveAt(0);
            }

            messages.Insert(0, new MessageBody { Role = "system", Content = Element(text) });
        }

        return [.. messages];
    }

    private static void Add(List<MessageBody> messages, ResponseItemBody? item, string place)
    {
        switch (item?.Type ?? (item?.Role is null ? null : "message"))
        {
            case "message":
                _ = MessageReader.TextOf(item!.Content, $"{place}.content");
                messages.Add(new MessageBody { Role = item.Role, Content = item.Content });
                break;
            case "function_call":
                ToolCallBody call = new()
                {
                    Id = item!.CallId,
                    Type = "function",
                    Function = new CalledFunctionBody { Name = item.Name, Arguments = item.Arguments },
                };

                // Calls of one turn are items of their own here, and parts of one message there.
                MessageBody? turn = messages.LastOrDefault();
                if (turn is { Role: "assistant" })
                {
                    turn.ToolCalls = [.. turn.ToolCalls ?? [], call];
                }
                else
                {
                    messages.Add(new MessageBody { Role = "assistant", ToolCalls = [call] });
                }

                break;
            case "function_call_output":
                messages.Add(new MessageBody { Role = "tool", ToolCallId = item!.CallId, Content = item.Output });
                break;
            case "reasoning":
                // Of what was thought in earlier turns templates read nothing.
                break;
            case string type:
                throw ApiError.Invalid(
                    $"'{place}' is an item of the type '{type}'. Known are message, function_call, function_call_output and reasoning.",
                    $"{place}.type", "not_supported");
            case null:
                throw ApiError.Invalid($"'{place}' has neither type nor role.", place, "missing_field");
        }
    }

    private static FormatBody? FormatOf(ResponseFormatBody? format) => format is null ? null : new FormatBody
    {
        Type = format.Type,
        JsonSchema = format.Type == "json_schema"
            ? new SchemaBody { Name = format.Name, Description = format.Description, Schema = format.Schema, Strict = format.Strict }
            : null,
    };

    private static ToolBody ToolOf(ResponseToolBody? tool) => new()
    {
        Type = tool?.Type,
        Function = new FunctionBody
        {
            Name = tool?.Name,
            Description = tool?.Description,
            Parameters = tool?.Parameters ?? default,
            Strict = tool?.Strict,
        },
    };

    private static JsonElement Element(string text) => JsonSerializer.SerializeToElement(text, TextContext.Default.String);

    private static bool IsSet(JsonElement value) => value.ValueKind is not (JsonValueKind.Undefined or JsonValueKind.Null);

    private static void Refuse(bool isSet, string field, string why)
    {
        if (isSet)
        {
            throw ApiError.Invalid($"'{field}' can't be honoured: {why}.", field, "not_supported");
        }
    }
}
