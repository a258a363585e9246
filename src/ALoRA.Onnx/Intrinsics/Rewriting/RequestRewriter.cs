using System.Text.Json.Nodes;

namespace ALoRA.Onnx.Intrinsics.Rewriting;

/// <summary>
/// Makes a caller's request into the one that the adapter was trained on: marks, documents, instruction, parameters, in this order.
/// </summary>
internal static class RequestRewriter
{
    private const int TopLogprobs = 10;

    /// <summary>Rewrites a copy of the request.</summary>
    public static JsonObject Rewrite(IntrinsicDefinition definition, JsonObject request, JsonObject? arguments)
    {
        ChatRequest rewritten = new(request.DeepClone().AsObject());
        SentenceMarker.Apply(rewritten, definition.SentenceTags);
        DocumentMover.Apply(rewritten, definition.DocumentForm);
        if (definition.Instruction is { } instruction)
        {
            int last = rewritten.Messages.Count - 1;
            rewritten.AddMessage("user", InstructionFormat.Apply(instruction, arguments, last < 0 ? null : rewritten.ContentOf(last)));
        }

        ApplyParameters(definition, rewritten);
        return rewritten.Json;
    }

    private static void ApplyParameters(IntrinsicDefinition definition, ChatRequest request)
    {
        foreach ((string name, JsonNode? value) in definition.Parameters)
        {
            request.Json[name] = value?.DeepClone();
        }

        if (definition.Model is { } model)
        {
            request.Json["model"] = model;
        }

        if (definition.NeedsLogprobs)
        {
            request.Json["logprobs"] = true;
            request.Json["top_logprobs"] = TopLogprobs;
        }

        foreach ((string name, JsonNode? value) in definition.ExtraBody)
        {
            request.SetExtra(name, value?.DeepClone());
        }

        if (definition.ResponseFormat is { } schema)
        {
            request.SetExtra("structured_outputs", new JsonObject { ["json"] = schema.DeepClone() });
        }
    }
}
