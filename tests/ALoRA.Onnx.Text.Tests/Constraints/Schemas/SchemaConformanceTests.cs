using System.Text;
using System.Text.Json;
using ALoRA.Onnx.Constraints;
using ALoRA.Onnx.Constraints.Automata;

namespace ALoRA.Onnx.Text.Tests.Constraints.Schemas;

/// <summary>
/// Schemas of others with valid and invalid instances: nothing invalid is ever let through, and most schemas let through all that is valid.
/// </summary>
[TestClass]
public sealed class SchemaConformanceTests
{
    // Schemas that pass: of 1,534, 257 and 383.
    [TestMethod]
    [DataRow("maskbench", "*", 1_507)]
    [DataRow("testsuite", "draft7", 225)]
    [DataRow("testsuite", "draft2020-12", 308)]
    public void Schemas_OfAnotherSuite_NeverLetThroughWhatIsInvalid(string folder, string file, int floor)
    {
        string path = GoldenData.Path("schemas", folder);
        (int passed, int count) = (0, 0);
        List<string> accepted = [];
        foreach (string line in Directory.EnumerateFiles(path, $"{file}.jsonl").Order(StringComparer.Ordinal).SelectMany(File.ReadLines))
        {
            using JsonDocument document = JsonDocument.Parse(line, new JsonDocumentOptions { MaxDepth = 512 });
            JsonElement schema = document.RootElement;
            count++;
            if (Compile(schema.GetProperty("schema")) is not TokenConstraint constraint)
            {
                continue;
            }

            LazyAutomaton automaton = new(constraint.Program);
            accepted.AddRange(schema.GetProperty("invalid").EnumerateArray().Where(instance => Accepts(automaton, instance))
                .Select(instance => $"{schema.GetProperty("id")}: {instance.GetRawText()}"));
            passed += schema.GetProperty("valid").EnumerateArray().All(instance => Accepts(automaton, instance)) ? 1 : 0;
        }

        Console.WriteLine($"{folder}/{file}: {passed} of {count} schemas pass");
        Assert.IsEmpty(accepted, string.Join('\n', accepted.Take(10)));
        Assert.IsGreaterThanOrEqualTo(floor, passed);
    }

    private static TokenConstraint? Compile(JsonElement schema)
    {
        try
        {
            return TokenConstraint.FromJsonSchema(
                schema.GetRawText(), new JsonConstraintOptions { Spacing = JsonSpacing.Compact, OpenObjects = true });
        }
        catch (JsonSchemaException)
        {
            return null;
        }
    }

    private static bool Accepts(LazyAutomaton automaton, JsonElement instance)
    {
        StringBuilder text = new();
        ALoRA.Onnx.Constraints.Schemas.SchemaText.Write(text, instance, JsonSpacing.Compact);
        int state = automaton.Start;
        foreach (byte value in Encoding.UTF8.GetBytes(text.ToString()))
        {
            state = automaton.Step(state, value);
        }

        return automaton.IsComplete(state);
    }
}
