using System.Text;

namespace ALoRA.Onnx.Tests.Intrinsics.Definitions;

/// <summary>Definitions that are refused with the line and the key.</summary>
[TestClass]
public sealed class BrokenDefinitionTests
{
    private const string Head = "model: ~\nresponse_format: ~\n";

    [TestMethod]
    [DataRow("", 1, "empty")]
    [DataRow("- a\n- b\n", 1, "the file")]
    [DataRow(Head + "transformations: ~\ntransformation: []\n", 4, "transformation")]
    [DataRow("response_format: ~\ntransformations: ~\n", 1, "model")]
    [DataRow("model: ~\ntransformations: ~\n", 1, "response_format")]
    [DataRow(Head, 1, "transformations")]
    [DataRow("model: 5\nresponse_format: ~\ntransformations: ~\n", 1, "model")]
    [DataRow("model: ~\nresponse_format: |\n  {\"type\": \ntransformations: ~\n", 2, "response_format")]
    [DataRow("model: ~\nresponse_format: 7\ntransformations: ~\n", 2, "response_format")]
    [DataRow(Head + "transformations: ~\ninstruction: [a]\n", 4, "instruction")]
    [DataRow(Head + "transformations: ~\ninstruction: \"{a\"\n", 4, "instruction")]
    [DataRow(Head + "transformations: ~\ninstruction: \"a}\"\n", 4, "instruction")]
    [DataRow(Head + "transformations: ~\nparameters: high\n", 4, "parameters")]
    [DataRow(Head + "transformations: ~\nparameters:\n  extra_body: 1\n", 5, "parameters.extra_body")]
    [DataRow(Head + "transformations: ~\nparameters:\n  temperature: .inf\n", 5, "parameters.temperature")]
    [DataRow(Head + "transformations: ~\nsentence_boundaries:\n  first_message: r\n", 5, "sentence_boundaries.first_message")]
    [DataRow(Head + "transformations: ~\nsentence_boundaries:\n  documents: 1\n", 5, "sentence_boundaries.documents")]
    [DataRow(Head + "transformations: ~\ndocs_as_message: xml\n", 4, "docs_as_message")]
    [DataRow(Head + "transformations: ~\nlogprobs_workaround: maybe\n", 4, "logprobs_workaround")]
    [DataRow(Head + "transformations: nest\n", 3, "transformations")]
    [DataRow(Head + "transformations:\n- nest\n", 4, "transformations[0]")]
    [DataRow(Head + "transformations:\n- input_path: []\n", 4, "transformations[0]")]
    [DataRow(Head + "transformations:\n- type: frobnicate\n  input_path: []\n", 4, "transformations[0].type")]
    [DataRow(Head + "transformations:\n- type: nest\n  field_name: x\n", 4, "transformations[0].input_path")]
    [DataRow(Head + "transformations:\n- type: nest\n  input_path: x\n  field_name: x\n", 5, "transformations[0].input_path")]
    [DataRow(Head + "transformations:\n- type: nest\n  input_path:\n  - 1.5\n  field_name: x\n", 6, "transformations[0].input_path[0]")]
    [DataRow(Head + "transformations:\n- type: nest\n  input_path: []\n  field_name: 3\n", 6, "transformations[0].field_name")]
    [DataRow(Head + "transformations:\n- type: nest\n  input_path: []\n  field: x\n", 6, "transformations[0].field")]
    [DataRow(
        Head + "transformations:\n- type: likelihood\n  input_path: []\n  categories_to_values: [a]\n", 6,
        "transformations[0].categories_to_values")]
    [DataRow(
        Head + "transformations:\n- type: likelihood\n  input_path: []\n  categories_to_values:\n    a: high\n", 7,
        "transformations[0].categories_to_values")]
    [DataRow(Head + "transformations:\n- type: project\n  input_path: []\n  retained_fields: a\n", 6, "transformations[0].retained_fields")]
    [DataRow(
        Head + "transformations:\n- type: merge_spans\n  input_path: []\n  group_fields: []\n  begin_field: b\n", 4,
        "transformations[0].end_field")]
    [DataRow(
        Head + "transformations:\n- type: decode_sentences\n  input_path: [r]\n  source: documents\n  output_names: {begin: b}\n", 6,
        "transformations[0].source")]
    [DataRow(
        Head
            + "sentence_boundaries: {last_message: r}\ntransformations:\n- type: decode_sentences\n  input_path: [r]\n  source: "
            + "last_message\n  output_names:\n    document_id: d\n",
        9,
        "transformations[0].output_names.document_id")]
    [DataRow(Head + "transformations: ~\nmodel: again\n", 4, "model")]
    [DataRow(Head + "transformations: ~\n---\nmodel: ~\n", 4, "second document")]
    [DataRow(Head + "transformations: [\n", 4, "not YAML")]
    [DataRow(Head + "transformations: ~\nparameters: !!python/object:os.system {}\n", 4, "python")]
    [DataRow(Head + "transformations: ~\nparameters: *nowhere\n", 4, "nowhere")]
    [DataRow(Head + "transformations: ~\nparameters: &a {x: *a}\n", 4, "*a")]
    [DataRow(Head + "transformations: ~\nparameters: {since: 2026-01-01}\n", 4, "2026-01-01")]
    public void Parse_BrokenDefinition_NamesLineAndKey(string yaml, int line, string key)
    {
        ModelFormatException exception = Assert.ThrowsExactly<ModelFormatException>(() => IntrinsicDefinition.Parse(yaml, "x/io.yaml"));
        Assert.StartsWith($"x/io.yaml, line {line}: ", exception.Message);
        Assert.Contains(key, exception.Message);
        Assert.DoesNotContain("\n", exception.Message);
    }

    [TestMethod]
    public void Parse_DeepNesting_IsRefused()
    {
        string yaml = Head + "transformations: ~\nparameters: " + new string('[', 5000);
        Assert.Contains("nested", Assert.ThrowsExactly<ModelFormatException>(() => IntrinsicDefinition.Parse(yaml)).Message);
    }

    [TestMethod]
    public void Parse_AliasesThatMultiply_AreRefused()
    {
        string yaml = Head + "transformations: ~\nparameters:\n  a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
            + string.Concat(
                Enumerable.Range(1, 9).Select(i => $"  a{i}: &a{i} [{string.Join(", ", Enumerable.Repeat($"*a{i - 1}", 10))}]\n"));
        Assert.Contains("aliases expanded", Assert.ThrowsExactly<ModelFormatException>(() => IntrinsicDefinition.Parse(yaml)).Message);
    }

    [TestMethod]
    public void Parse_DamagedText_IsReadOrRefused()
    {
        const string Yaml = Head
            + "transformations:\n- type: project\n  input_path: [null, 1, a]\n  retained_fields: {a: b, c: d}\n"
            + "parameters: &p {temperature: 0.5, top_k: 3}\ninstruction: |\n  text 'q'\n  and \"more\"\n";
        Fuzzing.Check(
            Encoding.UTF8.GetBytes(Yaml),
            bytes => _ = IntrinsicDefinition.Parse(Encoding.UTF8.GetString(bytes)).Source,
            exception => exception is ModelFormatException && exception.Message.Contains("line ", StringComparison.Ordinal),
            FuzzPieces.Yaml,
            runs: 3000);
    }

    [TestMethod]
    public void Load_FileThatIsNoText_IsRefused()
    {
        using TemporaryFolder folder = new();
        File.WriteAllBytes(folder["io.yaml"], [0x6D, 0xFF, 0xFE]);
        Assert.ThrowsExactly<ModelFormatException>(() => IntrinsicDefinition.Load(folder["io.yaml"]));
        Assert.ThrowsExactly<FileNotFoundException>(() => IntrinsicDefinition.Load(folder["other.yaml"]));
    }
}
