using System.Text.Json.Nodes;

namespace ALoRA.Onnx.Tests.Intrinsics;

/// <summary>Recorded intrinsics of granite-common and mellea, and lists made with their code.</summary>
[TestClass]
public sealed class GoldenIntrinsicsTests
{
    private const double Tolerance = 1e-6;

    private static string Folder => GoldenData.Path("text", "intrinsics");

    [TestMethod]
    public void Rewrite_EveryRecording_GivesItsRequest()
    {
        List<string> failures = [];
        int count = 0;
        foreach (string folder in Recordings("request.json"))
        {
            IntrinsicDefinition definition = IntrinsicDefinition.Load(Path.Combine(folder, IntrinsicDefinition.FileName));
            JsonObject? arguments = File.Exists(Path.Combine(folder, "args.json")) ? Read(folder, "args.json").AsObject() : null;
            JsonObject rewritten = definition.Rewrite(Read(folder, "input.json").AsObject(), arguments);
            string? difference = JsonCompare.Difference(Read(folder, "request.json"), rewritten, 0);
            failures.AddRange(difference is null ? [] : [$"{folder}: {difference}"]);
            count++;
        }

        Assert.IsGreaterThan(1, count);
        Assert.IsEmpty(failures, string.Join("\n", failures));
    }

    [TestMethod]
    public void Transform_EveryRecording_GivesItsResult()
    {
        List<string> failures = [];
        int count = 0;
        foreach (string folder in Recordings("result.json"))
        {
            IntrinsicDefinition definition = IntrinsicDefinition.Load(Path.Combine(folder, IntrinsicDefinition.FileName));
            JsonObject result = definition.Transform(Read(folder, "raw_output.json").AsObject(), Read(folder, "request.json").AsObject());
            JsonObject expected = WithParsedContent(Read(folder, "result.json"));
            string? difference = JsonCompare.Difference(expected, Without(expected, WithParsedContent(result)), Tolerance);
            failures.AddRange(difference is null ? [] : [$"{folder}: {difference}"]);
            count++;
        }

        Assert.IsGreaterThan(0, count);
        Assert.IsEmpty(failures, string.Join("\n", failures));
    }

    [TestMethod]
    public void Load_EveryDefinition_Succeeds()
    {
        string[] paths = Directory.GetFiles(Folder, "*io.yaml", SearchOption.AllDirectories);
        Assert.IsGreaterThanOrEqualTo(GoldenData.Floor(Folder, ofAll: 20, ofPart: 2), paths.Length);
        foreach (string path in paths)
        {
            Assert.AreEqual(path, IntrinsicDefinition.Load(path).Source);
        }
    }

    [TestMethod]
    public void Rewrite_EveryListedCase_GivesItsRequestOrFails() => CheckAll("rewrites.json", expected =>
    {
        IntrinsicDefinition definition = IntrinsicDefinition.Parse((string)expected["io_yaml"]!);
        JsonObject rewritten = definition.Rewrite(expected["input"]!.AsObject(), expected["args"] as JsonObject);
        return JsonCompare.Difference(expected["request"], rewritten, 0);
    });

    [TestMethod]
    public void Transform_EveryListedCase_GivesItsTextOrFails() => CheckAll("rules.json", expected =>
    {
        IntrinsicDefinition definition = IntrinsicDefinition.Parse((string)expected["io_yaml"]!);
        JsonObject result = definition.Transform(expected["raw_output"]!.AsObject(), expected["request"] as JsonObject);
        string content = (string)result["choices"]![0]!["message"]!["content"]!;
        string? wanted = (string?)expected["result_content"];
        return content == wanted
            || (wanted?.Contains('.') == true && JsonCompare.Difference(JsonNode.Parse(wanted), JsonNode.Parse(content), Tolerance) is null)
            ? null
            : $"expected {wanted}, got {content}";
    });

    // A failure that the reference has only through a limit of its own may be a success here.
    private static void CheckAll(string file, Func<JsonNode, string?> compare)
    {
        List<string> failures = [];
        JsonArray cases = Read(Folder, file).AsArray();
        foreach (JsonNode expected in cases.Select(item => item!))
        {
            string? difference;
            try
            {
                difference = compare(expected);
                difference = expected["error"] is null ? difference : "no failure";
            }
            catch (FormatException exception)
            {
                difference = expected["error"] is null ? exception.Message : null;
            }

            failures.AddRange(difference is null || expected["reference_limit"] is not null ? [] : [$"{expected["note"]}: {difference}"]);
        }

        Assert.IsGreaterThan(30, cases.Count);
        Assert.IsEmpty(failures, string.Join("\n", failures));
    }

    private static IEnumerable<string> Recordings(string file) =>
        Directory.EnumerateDirectories(Folder).Where(folder => File.Exists(Path.Combine(folder, file))).Order(StringComparer.Ordinal);

    private static JsonNode Read(string folder, string file) => JsonNode.Parse(File.ReadAllText(Path.Combine(folder, file)))!;

    // The reference drops message and choice fields that its classes do not name in
    // most recordings, but not in all; here everything is kept.
    private static JsonObject Without(JsonObject expected, JsonObject result)
    {
        for (int i = 0; i < result["choices"]!.AsArray().Count; i++)
        {
            RemoveOthers(expected["choices"]![i]!.AsObject(), result["choices"]![i]!.AsObject(), "stop_reason");
            RemoveOthers(
                expected["choices"]![i]!["message"]!.AsObject(), result["choices"]![i]!["message"]!.AsObject(), "refusal", "annotations",
                "audio", "function_call");
        }

        return result;
    }

    private static void RemoveOthers(JsonObject expected, JsonObject result, params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
        {
            if (!expected.ContainsKey(name))
            {
                result.Remove(name);
            }
        }
    }

    private static JsonObject WithParsedContent(JsonNode response)
    {
        JsonObject copy = response.DeepClone().AsObject();
        foreach (JsonNode? choice in copy["choices"]!.AsArray())
        {
            choice!["message"]!["content"] = JsonNode.Parse((string)choice["message"]!["content"]!);
        }

        return copy;
    }
}
