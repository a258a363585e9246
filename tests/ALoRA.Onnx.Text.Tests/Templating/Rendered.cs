using System.Text.Json.Nodes;

namespace ALoRA.Onnx.Text.Tests.Templating;

/// <summary>Renders a template's text with variables given as JSON.</summary>
internal static class Rendered
{
    public static string Text(string template, string variables = "{}", ChatTemplateOptions? options = null) =>
        ChatTemplate.Parse(template).Render(JsonNode.Parse(variables)!.AsObject(), options);

    public static TemplateException Failure(string template, string variables = "{}", ChatTemplateOptions? options = null) =>
        Assert.ThrowsExactly<TemplateException>(() => Text(template, variables, options), template);
}
