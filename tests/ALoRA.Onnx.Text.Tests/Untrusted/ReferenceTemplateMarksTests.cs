using System.Text.Json.Nodes;
using ALoRA.Onnx.Text.Tests.Templating;

namespace ALoRA.Onnx.Text.Tests.Untrusted;

/// <summary>Real chat templates with special tokens in all that a caller may write.</summary>
[TestClass]
public sealed class ReferenceTemplateMarksTests
{
    private const int AllMarks = 3;

    private static readonly PromptEncodingOptions AsText = new()
    {
        Template = new ChatTemplateOptions { Now = new DateTimeOffset(2026, 1, 15, 12, 34, 56, TimeSpan.Zero) },
    };

    private static readonly PromptEncodingOptions Parse = AsText with { SpecialTokens = SpecialTokenHandling.Parse };

    [TestMethod]
    [DataRow("cases.json")]
    [DataRow("families.json")]
    public void EncodePrompt_ValuesWithoutMarks_GivesTheIdsOfTheReferenceText(string file)
    {
        List<string> failures = [];
        int compared = 0;
        foreach ((string name, PromptEncoder encoder, HfTokenizer tokenizer, string[] marks, JsonObject variables) in Cases(file))
        {
            // MiniMax-M3 writes names between < and >, which makes tokens of our regular expression, of no real tokenizer.
            string text = encoder.Template.Render([], false, variables, AsText.Template);
            EncodedPrompt prompt = encoder.EncodePrompt(variables, AsText);
            compared += prompt.HasBarriers ? 0 : 1;
            if (prompt.HasBarriers
                ? tokenizer.Decode(prompt.Ids.Span) != text
                : !prompt.Ids.Span.SequenceEqual(tokenizer.Encode(text)))
            {
                failures.Add(name);
            }
        }

        Assert.IsGreaterThan(30, compared);
        Assert.IsEmpty(failures, $"{failures.Count} of {compared}\n" + string.Join("\n", failures.Take(20)));
    }

    [TestMethod]
    [DataRow("cases.json", DisplayName = "01-user-opens-system-turn, 02-system-text-with-mark: cases.json")]
    [DataRow("families.json", DisplayName = "01-user-opens-system-turn, 02-system-text-with-mark: families.json")]
    public void EncodePrompt_AnyMarkInEveryValue_GivesTheMarksOfHarmlessValues(string file)
    {
        List<string> failures = [];
        int compared = 0;
        Dictionary<PromptEncoder, int> requests = [];
        foreach ((string name, PromptEncoder encoder, HfTokenizer tokenizer, string[] marks, JsonObject variables) in Cases(file))
        {
            // All marks with the first requests of a template, one with each further.
            int nth = requests[encoder] = requests.GetValueOrDefault(encoder) + 1;

            // SmolLM3 looks for "/think" in the system message, which "</think>" holds in any form.
            foreach (string mark in marks.Where((mark, i) => (nth <= AllMarks || i == nth % marks.Length)
                && (mark != "</think>" || !name.Contains("SmolLM3", StringComparison.Ordinal))))
            {
                compared++;
                string harmless = new('x', mark.Length);
                Compare(name, encoder, tokenizer, With(variables, $"ab{mark}cd"), With(variables, $"ab{harmless}cd"), mark, failures);

                // The end of one value and the beginning of the next, with whatever the template writes between them.
                Compare(
                    name, encoder, tokenizer, With(variables, mark[1..], mark[..1]), With(variables, harmless[1..], "x"),
                    $"{mark} in halves", failures);
            }
        }

        Assert.IsGreaterThan(30, compared);
        Assert.IsEmpty(failures, $"{failures.Count} of {compared}\n" + string.Join("\n", failures.Take(40)));
    }

    private static void Compare(
        string name, PromptEncoder encoder, HfTokenizer tokenizer, JsonObject hostile, JsonObject harmless, string mark,
        List<string> failures)
    {
        string expected;
        try
        {
            expected = Marks(encoder.EncodePrompt(harmless, Parse), tokenizer);
        }
        catch (TemplateException)
        {
            return;
        }

        string got;
        try
        {
            got = Marks(encoder.EncodePrompt(hostile, AsText), tokenizer);
        }
        catch (Exception exception)
        {
            got = exception.Message;
        }

        if (got != expected)
        {
            failures.Add($"{name}, {mark}: {got}\n  expected {expected}");
        }
    }

    private static string Marks(EncodedPrompt prompt, HfTokenizer tokenizer) =>
        string.Join(' ', prompt.Ids.ToArray().Where(id => id >= 256).Select(tokenizer.TokenOf));

    // In all texts but those that say of what kind something is.
    private static JsonObject With(JsonObject variables, string end, string? beginning = null) => new(variables.Select(
        member => KeyValuePair.Create(member.Key, member.Key is "bos_token" or "eos_token" or "reasoning_effort" or "date_string"
            ? member.Value?.DeepClone()
            : With(member.Key, member.Value, end, beginning))));

    private static JsonNode? With(string key, JsonNode? node, string end, string? beginning) => node switch
    {
        JsonObject json => new JsonObject(json.Select(member => KeyValuePair.Create(
            member.Key, With(member.Key, member.Value, end, beginning)))),
        JsonArray list => new JsonArray([.. list.Select(item => With(key, item, end, beginning))]),
        JsonValue value when key is not ("role" or "type" or "required") && value.TryGetValue(out string? text) =>
            JsonValue.Create(beginning is null ? text + end : end + text + beginning),
        _ => node?.DeepClone(),
    };

    private static IEnumerable<(string Name, PromptEncoder Encoder, HfTokenizer Tokenizer, string[] Marks, JsonObject Variables)> Cases(
        string file)
    {
        JsonObject inputs = ReferenceInputs.Read("inputs.json").AsObject();
        Dictionary<string, (PromptEncoder Encoder, HfTokenizer Tokenizer, string[] Marks)> encoders = [];
        foreach (JsonNode? expected in ReferenceInputs.Read(file).AsArray())
        {
            string name = (string)expected!["template"]!;
            if (expected["output"] is null)
            {
                continue;
            }

            JsonObject variables = ReferenceInputs.Variables(inputs, expected);
            if (!encoders.TryGetValue(name, out (PromptEncoder Encoder, HfTokenizer Tokenizer, string[] Marks) found))
            {
                using TemporaryFolder folder = new();
                File.Copy(
                    GoldenData.Path("text", "templates", name + ".jinja"), Path.Combine(folder.Path, "chat_template.jinja"));
                File.WriteAllText(Path.Combine(folder.Path, "tokenizer_config.json"), new JsonObject
                {
                    ["bos_token"] = variables["bos_token"]?.DeepClone(),
                    ["eos_token"] = variables["eos_token"]?.DeepClone(),
                }.ToJsonString());
                ChatTemplate template = ChatTemplate.Load(folder.Path);
                string[] marks = TemplateMarks.Of(template.Text, template.SpecialTokens.Values);
                HfTokenizer tokenizer = TemplateMarks.Tokenizer(marks);
                found = (new PromptEncoder(tokenizer, template, name), tokenizer, marks);
                encoders.Add(name, found);
            }

            // The folder gives them in use, not a caller.
            variables.Remove("bos_token");
            variables.Remove("eos_token");
            if (Texts(variables).Any(text => found.Marks.Any(mark => text.Contains(mark, StringComparison.Ordinal))))
            {
                continue;
            }

            yield return ($"{name} with {expected["input"]}", found.Encoder, found.Tokenizer, found.Marks, variables);
        }
    }

    private static IEnumerable<string> Texts(JsonNode? node) => node switch
    {
        JsonObject json => json.SelectMany(member => Texts(member.Value)),
        JsonArray list => list.SelectMany(Texts),
        JsonValue value when value.TryGetValue(out string? text) => [text],
        _ => [],
    };
}
