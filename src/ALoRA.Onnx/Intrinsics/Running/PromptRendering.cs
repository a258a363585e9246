using System.Text.Json.Nodes;

namespace ALoRA.Onnx.Intrinsics.Running;

/// <summary>Renders a rewritten request with a model's chat template.</summary>
internal static class PromptRendering
{
    /// <summary>The prompt's text: messages, documents, tools and the request's <c>chat_template_kwargs</c> are the template's variables.</summary>
    public static string Render(ChatTemplate template, JsonObject request, bool addGenerationPrompt)
    {
        JsonObject? extra = request["extra_body"] as JsonObject;
        JsonObject variables = (extra?["chat_template_kwargs"] as JsonObject)?.DeepClone().AsObject() ?? [];
        variables["messages"] = request["messages"]!.DeepClone();
        variables["tools"] = request["tools"]?.DeepClone();
        if (extra?["documents"] is { } documents)
        {
            variables["documents"] = documents.DeepClone();
        }

        return template.Render([], addGenerationPrompt, variables);
    }
}
