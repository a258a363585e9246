using System.Text;
using System.Text.Json.Nodes;
using ALoRA.Onnx.Intrinsics.Running;
using ALoRA.Onnx.Training.Data;

namespace ALoRA.Onnx.Training.Tests.Data;

[TestClass]
public sealed class TrainingDataTests
{
    private const string Invocation = "<|start_of_role|>jailbreak<|end_of_role|>";
    private const string Definition =
        "model: ~\nresponse_format: ~\ntransformations: ~\ninstruction: 'Judge {what} <|start_of_role|>query_rewrite<|end_of_role|>'\n";

    private static readonly TrainingOptions Options = new() { Invocation = Invocation, ValidationShare = 0 };

    [TestMethod]
    public async Task Read_Messages_GivesTheIdsThatTheRuntimeReads()
    {
        AloraModel model = await DemoModel.OpenAsync();
        const string Line = """
            {"messages": [{"role": "user", "content": "Add 85 and <|end_of_text|> 93."}], "completion": "Y",
            "documents": [{"text": "Leo lives in Rome.", "doc_id": "7"}], "correct": true}
            """;
        TrainingExample example = Read(model, Options, Line.ReplaceLineEndings(" ")).Rows.Single();
        JsonObject request = new()
        {
            ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = "Add 85 and <|end_of_text|> 93." }),
            ["extra_body"] = JsonNode.Parse("""{"documents": [{"text": "Leo lives in Rome.", "doc_id": "7"}]}"""),
        };
        Intrinsic intrinsic = model.OpenIntrinsic("jailbreak");
        int[] prompt = PreparedIntrinsic.Prepare(
            model.Loaded, intrinsic, request, null, SpecialTokenHandling.AsText, model.MaxLength, CancellationToken.None).Prompt;
        int[] expected = [.. prompt, .. intrinsic.Adapter.InvocationTokens, .. model.Tokenizer.Encode("Y"), model.Manifest.EosTokenIds[0]];
        CollectionAssert.AreEqual(expected, example.Ids.ToArray());
        Assert.AreEqual((prompt.Length, prompt.Length + 5), (example.ActivationStart, example.CompletionStart));
        Assert.IsTrue(example.Correct);
    }

    [TestMethod]
    public async Task Read_Definition_GivesTheIdsThatTheRuntimeReads()
    {
        using TemporaryFolder folder = new();
        using AloraModel model = await DemoModel.OpenOwnAsync();
        Intrinsic intrinsic = DemoAdapter.Open(model, folder, "query_rewrite", Definition);
        File.WriteAllText(folder["io.yaml"], Definition);
        TrainingOptions options = new()
        {
            IoYaml = folder["io.yaml"],
            Invocation = "<|start_of_role|>query_rewrite<|end_of_role|>",
            ValidationShare = 0,
        };
        TrainingExample example = Read(
            model, options,
            """{"messages": [{"role": "user", "content": "And 9?"}], "arguments": {"what": "it"}, "completion": "{}"}""").Rows.Single();
        JsonObject request = new() { ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = "And 9?" }) };
        PreparedIntrinsic prepared = PreparedIntrinsic.Prepare(
            model.Loaded, intrinsic, request, new JsonObject { ["what"] = "it" }, SpecialTokenHandling.AsText, model.MaxLength,
            CancellationToken.None);
        CollectionAssert.AreEqual(prepared.Prompt, example.Ids[..example.CompletionStart].ToArray());
        Assert.AreEqual(prepared.Prompt.AsSpan().LastIndexOf([.. intrinsic.Adapter.InvocationTokens]), example.ActivationStart);
    }

    [TestMethod]
    [DataRow("""{"messages": [{"role": "user", "content": "Hi"}], "completion": "N"}""")]
    [DataRow("""{"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "N"}]}""")]
    [DataRow("""{"prompt": [{"role": "user", "content": "Hi"}], "completion": "N"}""")]
    [DataRow("""{"prompt": [{"role": "user", "content": "Hi"}], "completion": [{"role": "assistant", "content": "N"}]}""")]
    [DataRow("""{"item": "Hi", "label": "N"}""")]
    [DataRow(
        """{"prompt": "<|start_of_role|>user<|end_of_role|>Hi<|end_of_text|>\n<|start_of_role|>jailbreak<|end_of_role|>", """
        + "\"completion\": \"N\"}")]
    public async Task Read_AnyForm_GivesTheSameIds(string line)
    {
        AloraModel model = await DemoModel.OpenAsync();
        TrainingExample example = Read(model, Options, line).Rows.Single();
        const string Whole = "<|start_of_role|>user<|end_of_role|>Hi<|end_of_text|>\n" + Invocation + "N<|end_of_text|>";
        CollectionAssert.AreEqual(model.Tokenizer.Encode(Whole), example.Ids.ToArray());
        Assert.AreEqual(example.CompletionStart - 5, example.ActivationStart);
        Assert.AreEqual("N", example.Completion);
    }

    [TestMethod]
    [DataRow("{", "expected a JSON object on one line")]
    [DataRow("[]", "expected a JSON object")]
    [DataRow("""{"a": 1}""", "got the members a")]
    [DataRow("""{"messages": [], "completion": "N"}""", "'messages' is empty")]
    [DataRow("""{"messages": [{"role": "user", "content": 1}], "completion": "N"}""", "'messages[0].content': expected a text")]
    [DataRow("""{"messages": [{"role": "user", "content": "\ud800"}], "completion": "N"}""", "valid Unicode")]
    [DataRow("""{"messages": [{"role": "user", "content": "a"}]}""", "an assistant's message at the end")]
    [DataRow("""{"messages": [{"role": "user", "content": "a"}], "completion": ""}""", "the completion is empty")]
    [DataRow("""{"messages": [{"role": "user", "content": "a"}], "completion": " \n"}""", "the completion is empty")]
    [DataRow("""{"messages": [{"role": "user", "content": "a"}], "completion": "N", "completion": "Y"}""", "expected a JSON object")]
    [DataRow("""{"messages": [{"role": "user", "content": "a"}], "prompt": "b", "completion": "N"}""", "got both")]
    [DataRow("""{"messages": [{"role": "user", "content": "a"}], "arguments": 3, "completion": "N"}""", "'arguments': expected an object")]
    [DataRow(
        """{"messages": [{"role": "user", "content": "a"}], "completion": "<|start_of_role|>jailbreak<|end_of_role|>N"}""",
        "reaches into the completion")]
    [DataRow(
        """{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "N", "tool_calls": [{"function": {}}]}]}""",
        "'messages[1].tool_calls': expected none")]
    [DataRow(
        """{"prompt": [{"role": "user", "content": "a"}], "completion": [{"role": "assistant", "content": "N", "tool_calls": [1]}]}""",
        "'completion[0].tool_calls': expected none")]
    [DataRow("""{"prompt": [{"role": "user", "content": "a"}], "completion": [{"role": 5, "content": "N"}]}""", "'completion[0].role'")]
    [DataRow("""{"messages": [{"role": "user", "content": "a"}], "tools": 5, "completion": "N"}""", "'tools': expected a list")]
    [DataRow(
        """{"messages": [{"role": "user", "content": "a"}], "completion": "N", "correct": "no"}""", "'correct': expected true or false")]
    [DataRow("""{"item": "a", "label": "N", "correct": 1}""", "'correct': expected true or false, got a JSON Number")]
    [DataRow("""{"item": "a", "label": "N", "correct": null}""", "'correct': expected true or false, got null")]
    [DataRow("""{"prompt": "Hi", "completion": "N"}""", "is not in the prompt")]
    [DataRow("""{"prompt": "Hi<|start_of_role|>jailbreak", "completion": "N"}""", "is cut")]
    public async Task Read_FaultyRow_IsNamedWithItsLine(string line, string expected)
    {
        AloraModel model = await DemoModel.OpenAsync();
        TrainingDataException exception = Assert.ThrowsExactly<TrainingDataException>(() => Read(model, Options, "", line));
        TrainingFault fault = exception.Faults.Single();
        Assert.AreEqual(2, fault.Line);
        StringAssert.Contains(fault.Message, expected, StringComparison.Ordinal);
        StringAssert.Contains(exception.Message, "data.jsonl(2): ", StringComparison.Ordinal);
        StringAssert.StartsWith(
            exception.Message, "1 fault in the data, nothing was trained. Correct or remove this line:\n", StringComparison.Ordinal);
    }

    [TestMethod]
    public async Task Read_BytesThatAreNoUtf8_AreNamedByTheirLinesWithAllOtherFaults()
    {
        AloraModel model = await DemoModel.OpenAsync();
        using TemporaryFolder folder = new();
        const string Sound = """{"messages": [{"role": "user", "content": "é"}], "completion": "N"}""";
        byte[] broken = [.. """{"item": "a"""u8, 0xFF, .. "\"}"u8];
        File.WriteAllBytes(folder["data.jsonl"],
        [
            0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes(Sound + "\r\n\n" + Sound + "\n"), .. broken, (byte)'\n',
            .. Encoding.UTF8.GetBytes(Sound + "\n[]\n"), .. broken,
        ]);
        TrainingDataException exception = Assert.ThrowsExactly<TrainingDataException>(
            () => TrainingData.Read(model, folder["data.jsonl"], Options));
        CollectionAssert.AreEqual(new[] { 4, 6, 7 }, exception.Faults.Select(fault => fault.Line).ToArray());
        StringAssert.Contains(exception.Faults[0].Message, "expected UTF-8", StringComparison.Ordinal);
        StringAssert.StartsWith(exception.Message, "3 faults in the data, ", StringComparison.Ordinal);
    }

    [TestMethod]
    public async Task Read_ValidationFileWithoutRows_IsRefused()
    {
        AloraModel model = await DemoModel.OpenAsync();
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["none.jsonl"], "\n\n");
        TrainingDataException exception = Assert.ThrowsExactly<TrainingDataException>(() => Read(
            model, Options with { ValidationFile = folder["none.jsonl"] },
            """{"messages": [{"role": "user", "content": "a"}], "completion": "N"}"""));
        StringAssert.Contains(exception.Message, "none.jsonl", StringComparison.Ordinal);
        StringAssert.Contains(exception.Message, "no rows to hold out", StringComparison.Ordinal);
    }

    [TestMethod]
    public async Task Read_BrokenRowsAmongTenThousand_AllAreListed()
    {
        AloraModel model = await DemoModel.OpenAsync();
        string[] lines = [.. Enumerable.Range(0, 10_000).Select(i =>
            $$"""{"messages": [{"role": "user", "content": "Add {{i}} and 1."}], "completion": "N"}""")];
        lines[4_999] = """{"messages": [{"role": "user", "content": "Add"}], "completion": ""}""";
        lines[7_000] = "{\"messages\": [";
        TrainingDataException exception = Assert.ThrowsExactly<TrainingDataException>(() => Read(model, Options, lines));
        CollectionAssert.AreEqual(new[] { 5_000, 7_001 }, exception.Faults.Select(fault => fault.Line).ToArray());
    }

    [TestMethod]
    public async Task Read_OtherForm_IsRefused()
    {
        AloraModel model = await DemoModel.OpenAsync();
        TrainingDataException exception = Assert.ThrowsExactly<TrainingDataException>(
            () => Read(
                model, Options, """{"item": "a", "label": "N"}""",
                """{"messages": [{"role": "user", "content": "a"}], "completion": "N"}"""));
        StringAssert.Contains(exception.Message, "expected the form of line 1 (item and label), got messages", StringComparison.Ordinal);
    }

    [TestMethod]
    [DataRow("Is it so? Ans", "wer")]
    [DataRow("Is it so? Answ", "er")]
    public async Task Read_CompletionThatMerges_IsRefused(string prompt, string completion)
    {
        AloraModel model = await DemoModel.OpenAsync();
        TrainingOptions options = new() { Kind = AdapterKind.Lora, ValidationShare = 0 };
        string line = new JsonObject { ["prompt"] = prompt, ["completion"] = completion }.ToJsonString();
        TrainingDataException exception = Assert.ThrowsExactly<TrainingDataException>(() => Read(model, options, line));
        StringAssert.Contains(exception.Message, "the completion merges with the prompt", StringComparison.Ordinal);
    }

    [TestMethod]
    public async Task Read_InvocationThatMerges_IsRefused()
    {
        AloraModel model = await DemoModel.OpenAsync();
        TrainingOptions options = new() { Invocation = "wer", Placement = InvocationPlacement.Appended, ValidationShare = 0 };
        TrainingDataException exception = Assert.ThrowsExactly<TrainingDataException>(
            () => Read(model, options, """{"prompt": "Is it so? Ans", "completion": " yes"}"""));
        StringAssert.Contains(exception.Message, "the invocation merges with the prompt", StringComparison.Ordinal);

        TrainingOptions inPrompt = options with { Placement = InvocationPlacement.InPrompt };
        exception = Assert.ThrowsExactly<TrainingDataException>(
            () => Read(model, inPrompt, """{"prompt": "Is it so? Answer", "completion": " yes"}"""));
        StringAssert.Contains(exception.Message, "it merges with its neighbours", StringComparison.Ordinal);
    }

    [TestMethod]
    public async Task Read_LongRow_IsRefusedCutOrLeftOut()
    {
        AloraModel model = await DemoModel.OpenAsync();
        const string Line =
            """{"messages": [{"role": "user", "content": "one two three four five six seven eight nine"}], "completion": "N"}""";
        const string Short = """{"messages": [{"role": "user", "content": "a"}], "completion": "N"}""";
        int[] whole = Read(model, Options, Line).Rows.Single().Ids.ToArray();
        TrainingOptions options = Options with { MaxLength = whole.Length - 4 };
        StringAssert.Contains(
            Assert.ThrowsExactly<TrainingDataException>(() => Read(model, options, Line)).Message, $"it has {whole.Length} tokens",
            StringComparison.Ordinal);
        TrainingData cut = Read(model, options with { LongRows = LongRowHandling.CutLeft }, Line);
        CollectionAssert.AreEqual(whole[4..], cut.Rows.Single().Ids.ToArray());
        Assert.AreEqual((1, whole.Length - 7 - 4), (cut.Cut, cut.Rows.Single().ActivationStart));
        TrainingData left = Read(model, options with { LongRows = LongRowHandling.LeaveOut }, Line, Short);
        Assert.AreEqual((1, 1), (left.LeftOut, left.Rows.Count));

        // What is left of it would have to be cut from the invocation.
        TrainingOptions tiny = Options with { MaxLength = 5, LongRows = LongRowHandling.CutLeft };
        StringAssert.Contains(
            Assert.ThrowsExactly<TrainingDataException>(() => Read(model, tiny, Line)).Message, "never cut", StringComparison.Ordinal);
    }

    [TestMethod]
    public async Task Read_LineOfBothFiles_IsRefused()
    {
        AloraModel model = await DemoModel.OpenAsync();
        using TemporaryFolder folder = new();
        const string Shared = """{"messages": [{"role": "user", "content": "a"}], "completion": "N"}""";
        File.WriteAllLines(folder["data.jsonl"], [Shared]);
        File.WriteAllLines(folder["held.jsonl"], ["""{"messages": [{"role": "user", "content": "b"}], "completion": "N"}""", Shared]);
        TrainingDataException exception = Assert.ThrowsExactly<TrainingDataException>(() => TrainingData.Read(
            model, folder["data.jsonl"], Options with { ValidationFile = folder["held.jsonl"] }));
        StringAssert.Contains(exception.Message, "held.jsonl(2): line 1 of the training file says the same", StringComparison.Ordinal);
        File.AppendAllText(folder["data.jsonl"], """{"messages": [{"role": "user", "content": "c"}], "completion": "N"}""");
        TrainingData data = TrainingData.Read(model, folder["data.jsonl"], Options with
        {
            ValidationFile = folder["held.jsonl"],
            SharedRows = SharedRowHandling.LeaveOut,
        });
        Assert.AreEqual((1, 2, 1), (data.Rows.Count, data.HeldOut.Count, data.Shared));
        Assert.AreEqual(2, data.Rows[0].Line);
    }

    [TestMethod]
    public async Task Read_ValidationShare_HoldsEqualRowsOnOneSide()
    {
        AloraModel model = await DemoModel.OpenAsync();
        string[] lines = [.. Enumerable.Range(0, 200).Select(i =>
            $$"""{"messages": [{"role": "user", "content": "Add {{i % 50}} and 1."}], "completion": "N"}""")];
        TrainingData data = Read(model, Options with { ValidationShare = 0.1 }, lines);
        Assert.AreEqual((180, 20), (data.Rows.Count, data.HeldOut.Count));
        Assert.IsEmpty(data.Rows.Intersect(data.HeldOut, new ExampleKey()));
        TrainingData other = Read(model, Options with { ValidationShare = 0.1, Seed = 1 }, lines);
        Assert.AreNotEqual(data.Hash, other.Hash);
        Assert.AreEqual(data.Hash, Read(model, Options with { ValidationShare = 0.1 }, lines).Hash);
    }

    [TestMethod]
    public async Task Read_NoInvocation_IsRefused()
    {
        AloraModel model = await DemoModel.OpenAsync();
        ArgumentException exception = Assert.ThrowsExactly<ArgumentException>(
            () => Read(model, new TrainingOptions(), """{"item": "a", "label": "N"}"""));
        StringAssert.Contains(exception.Message, "needs an invocation", StringComparison.Ordinal);
    }

    private static TrainingData Read(AloraModel model, TrainingOptions options, params string[] lines)
    {
        using TemporaryFolder folder = new();
        File.WriteAllLines(folder["data.jsonl"], lines);
        return TrainingData.Read(model, folder["data.jsonl"], options);
    }
}
