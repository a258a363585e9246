using System.Text.Json.Nodes;

namespace ALoRA.Onnx.Text.Tests.Templating;

/// <summary>Real chat templates and language snippets, rendered by Transformers' own environment.</summary>
[TestClass]
public sealed class ReferenceTemplateTests
{
    private static readonly ChatTemplateOptions Clock = new() { Now = new DateTimeOffset(2026, 1, 15, 12, 34, 56, TimeSpan.Zero) };

    [TestMethod]
    [DataRow("cases.json")]
    [DataRow("families.json")]
    public void Render_RealTemplates_GivesTheReferenceText(string file)
    {
        JsonObject inputs = ReferenceInputs.Read("inputs.json").AsObject();
        Dictionary<string, ChatTemplate> templates = [];
        List<string> failures = [];
        JsonArray cases = ReferenceInputs.Read(file).AsArray();
        foreach (JsonNode? expected in cases)
        {
            string name = (string)expected!["template"]!;
            if (!templates.TryGetValue(name, out ChatTemplate? template))
            {
                template = ChatTemplate.Load(GoldenData.Path("text", "templates", name + ".jinja"));
                templates.Add(name, template);
            }

            string? failure = Compare(() => template.Render(ReferenceInputs.Variables(inputs, expected), Clock), expected);
            failures.AddRange(failure is null ? [] : [$"{name} with {expected["input"]}: {failure}"]);
        }

        Assert.IsGreaterThan(40, cases.Count);
        Assert.IsEmpty(failures, string.Join("\n", failures.Take(10)));
    }

    [TestMethod]
    public void Render_LanguageSnippets_GivesTheReferenceText()
    {
        JsonArray cases = ReferenceInputs.Read("language.json").AsArray();
        List<string> failures = [];
        foreach (JsonNode? expected in cases)
        {
            string? failure =
                Compare(() => ChatTemplate.Parse((string)expected!["template"]!).Render(expected["context"]!.AsObject(), Clock), expected!);
            failures.AddRange(failure is null ? [] : [$"{expected!["id"]} {expected["feature"]}: {failure}"]);
        }

        Assert.IsGreaterThan(200, cases.Count);
        Assert.IsEmpty(failures, string.Join("\n", failures.Take(10)));
    }

    private static string? Compare(Func<string> render, JsonNode expected)
    {
        try
        {
            string text = render();
            return expected["output"] is not JsonNode output ? $"expected {expected["error"]}, got text"
                : text == (string)output! ? null : $"expected {output.ToJsonString()}, got {JsonValue.Create(text).ToJsonString()}";
        }
        catch (TemplateException e)
        {
            JsonNode? error = expected["error"];
            bool raised = (string?)error?["type"] == "TemplateError";
            bool matches = error is not null && (e.Kind == TemplateErrorKind.Raised) == raised
                && (!raised || e.Detail == (string)error["message"]!)
                && (e.Kind == TemplateErrorKind.Syntax) == ((string)error["stage"]! == "compile");
            return matches ? null : $"expected {error?.ToJsonString() ?? "text"}, got {e.Kind}: {e.Message}";
        }
    }
}
