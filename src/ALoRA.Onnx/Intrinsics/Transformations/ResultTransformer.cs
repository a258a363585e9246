using System.Text.Json;
using System.Text.Json.Nodes;
using ALoRA.Onnx.Python;
using ALoRA.Onnx.Python.Failures;

namespace ALoRA.Onnx.Intrinsics.Transformations;

/// <summary>
/// Turns a model's response into the intrinsic's result: every choice is read as JSON, changed by the rules and written back.
/// </summary>
internal static class ResultTransformer
{
    /// <summary>Transforms a copy of the response.</summary>
    public static JsonObject Transform(IntrinsicDefinition definition, JsonObject response, JsonObject? request)
    {
        JsonObject result = response.DeepClone().AsObject();
        JsonArray choices = result["choices"] as JsonArray
            ?? throw new IntrinsicFormatException("The response's 'choices' should be a list, but is missing or something else.");
        for (int i = 0; i < choices.Count; i++)
        {
            JsonObject? choice = choices[i] as JsonObject;
            if (choice?["message"] is not JsonObject message
                || message["content"] is not JsonValue content
                || content.GetValueKind() != JsonValueKind.String)
            {
                throw new IntrinsicFormatException(
                    $"The response's 'choices[{i}].message.content' should be a text, but is missing or something else.");
            }

            message["content"] = Transform(definition, content.GetValue<string>(), choice["logprobs"], request);
            if (choice["logprobs"] is not null)
            {
                choice.Remove("logprobs");
            }
        }

        return result;
    }

    private static string Transform(IntrinsicDefinition definition, string content, JsonNode? logprobs, JsonObject? request)
    {
        try
        {
            ResponseLogprobs? tokens = ResponseLogprobs.Read(logprobs);
            if (definition.ReadsFinalChannel && tokens is not null && FinalChannel.Find(tokens) is { } channel)
            {
                tokens = channel;
                content = string.Concat(channel.Tokens.Select(token => token.Text));
            }

            return PythonJson.PrintValue(Apply(definition.Rules, new ModelAnswer(content, tokens, request)));
        }
        catch (TemplateFailure failure)
        {
            throw new IntrinsicFormatException($"The answer can't be transformed: {failure.Message}.", failure);
        }
    }

    /// <summary>The value of an answer behind all rules.</summary>
    public static object? Apply(IReadOnlyList<ResultRule> rules, ModelAnswer answer)
    {
        Budget budget = new();
        object? value = answer.Root.ToValue(budget);
        foreach (ResultRule rule in rules)
        {
            value = rule.Apply(value, answer, budget);
        }

        return value;
    }
}
