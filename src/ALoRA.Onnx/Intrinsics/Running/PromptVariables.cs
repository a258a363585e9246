using System.Text.Json.Nodes;

namespace ALoRA.Onnx.Intrinsics.Running;

/// <summary>What a rewritten request is to a model's chat template.</summary>
internal static class PromptVariables
{
    /// <summary>The template's variables: messages, documents, tools and the request's <c>chat_template_kwargs</c>.</summary>
    public static JsonObject Of(JsonObject request, bool addGenerationPrompt)
    {
        JsonObject? extra = request["extra_body"] as JsonObject;
        JsonObject variables = (extra?["chat_template_kwargs"] as JsonObject)?.DeepClone().AsObject() ?? [];
        variables.TryAdd("add_generation_prompt", addGenerationPrompt);
        variables["messages"] = request["messages"]!.DeepClone();
        variables["tools"] = request["tools"]?.DeepClone();
        if (extra?["documents"] is { } documents)
        {
            variables["documents"] = documents.DeepClone();
        }

        return variables;
    }
}
