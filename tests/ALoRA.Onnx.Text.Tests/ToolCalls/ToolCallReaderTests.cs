namespace ALoRA.Onnx.Text.Tests.ToolCalls;

/// <summary>Text, reasoning and calls in every format, cut into pieces everywhere.</summary>
[TestClass]
public sealed class ToolCallReaderTests
{
    private const string Both = "add {\"a\":1,\"b\":[2]}\nclock {}";

    private static readonly ToolCallReaderOptions Named = new() { ToolNames = new HashSet<string> { "add", "clock" } };

    [TestMethod]
    [DataRow(
        ToolCallFormat.Granite,
        "<|tool_call|>[{\"name\": \"add\", \"arguments\": {\"a\": 1, \"b\": [2]}}, {\"name\": \"clock\", \"arguments\": {}}]", "", Both)]
    [DataRow(
        ToolCallFormat.Granite,
        "<|tool_call|> <tool_call>[{\"name\": \"add\", \"arguments\": {\"a\": 1, \"b\": [2]}}, {\"name\": \"clock\", "
        + "\"arguments\": {}}]</tool_call>\n",
        "", Both)]
    [DataRow(
        ToolCallFormat.Granite,
        "Let me see.\n<tool_call>[{\"name\": \"add\", \"arguments\": {\"a\": 1, \"b\": [2]}}, {\"name\": \"clock\"}]</tool_call>",
        "Let me see.", Both)]
    [DataRow(
        ToolCallFormat.Granite,
        "<|tool_call|>{\"name\": \"add\", \"arguments\": {\"a\": 1, \"b\": [2]}}\n{\"name\": \"clock\", \"arguments\": {}}", "", Both)]
    [DataRow(
        ToolCallFormat.Hermes,
        "<tool_call>\n{\"name\": \"add\", \"arguments\": {\"a\": 1, \"b\": [2]}}\n</tool_call>\n<tool_call>\n{\"name\": \"clock\", "
        + "\"arguments\": {}}\n</tool_call>",
        "", Both)]
    [DataRow(
        ToolCallFormat.Hermes,
        "Let me see.\n\n<tool_call>{\"name\":\"add\",\"arguments\":\"{\\\"a\\\": 1, \\\"b\\\": [2]}\"}</tool_call><tool_call>{\"name\": "
        + "\"clock\", \"arguments\": null}",
        "Let me see.", Both)]
    [DataRow(
        ToolCallFormat.Hermes,
        "<tool_call>[{\"name\": \"add\", \"arguments\": {\"a\": 1, \"b\": [2]}}, {\"type\": \"function\", \"function\": {\"name\": "
        + "\"clock\", \"arguments\": {}}}]</tool_call>",
        "", Both)]
    [DataRow(
        ToolCallFormat.Hermes,
        "<tool_call>{\"name\": \"add\", \"arguments\": {\"a\": 1, \"b\": [2]}}, {\"name\": \"clock\", "
        + "\"arguments\": \"\"}</tool_call> Done.",
        "Done.", Both)]
    [DataRow(
        ToolCallFormat.Llama, "{\"name\": \"add\", \"parameters\": {\"a\": 1, \"b\": [2]}}; {\"name\": \"clock\", \"parameters\": {}}", "",
        Both)]
    [DataRow(
        ToolCallFormat.Llama,
        "<|python_tag|>{\"name\": \"add\", \"parameters\": {\"a\": 1, \"b\": [2]}};{\"name\": \"clock\", \"parameters\": {}}", "", Both)]
    [DataRow(
        ToolCallFormat.Llama, "\n\n{\"name\": \"add\", \"arguments\": {\"a\": 1, \"b\": [2]}}<|python_tag|>clock.call()", "", Both)]
    [DataRow(ToolCallFormat.Llama, "Look. <|python_tag|>add.call(a=1, b=[2,]); clock.call()", "Look.", Both)]
    [DataRow(
        ToolCallFormat.Mistral,
        "[TOOL_CALLS][{\"name\": \"add\", \"arguments\": {\"a\": 1, \"b\": [2]}}, {\"name\": \"clock\", \"arguments\": {}, \"id\": \"\"}]",
        "", Both)]
    [DataRow(
        ToolCallFormat.Mistral, "[TOOL_CALLS]add[CALL_ID]AbCdEfGhI[ARGS]{\"a\": 1, \"b\": [2]}[TOOL_CALLS]clock[ARGS]{}", "",
        "add#AbCdEfGhI {\"a\":1,\"b\":[2]}\nclock {}")]
    [DataRow(ToolCallFormat.Mistral, "Let me see.[TOOL_CALLS]add{\"a\": 1, \"b\": [2]}[TOOL_CALLS]clock{}", "Let me see.", Both)]
    [DataRow(ToolCallFormat.Mistral, "[TOOL_CALLS]add[ARGS]{\"a\": 1, \"b\": [2]}clock[ARGS]{}", "", Both)]
    [DataRow(
        ToolCallFormat.Mistral, "[TOOL_CALLS]{\"name\": \"add\", \"arguments\": {\"a\": 1, \"b\": [2]}}\n{\"name\": \"clock\"}", "", Both)]
    public void Push_TwoCallsInPiecesOfAnySize_GivesBothAndNoTextOfTheirs(
        ToolCallFormat format, string answer, string text, string calls) =>
        Check(format, answer, new ReadAnswer(text, "", calls));

    [TestMethod]
    [DataRow(ToolCallFormat.Granite)]
    [DataRow(ToolCallFormat.Hermes)]
    [DataRow(ToolCallFormat.Llama)]
    [DataRow(ToolCallFormat.Mistral)]
    [DataRow(ToolCallFormat.None)]
    public void Push_AnswerWithoutCalls_IsAllText(ToolCallFormat format)
    {
        string[] answers =
        [
            "It is noon.",
            "",
            " \n leading and trailing \n ",
            "a < b, <tool, [TOOL, <|tool_",
            "An array [1, 2] and {\"name\": \"add\"} in a text.",
            "{\"x\": [1, \"}\"]} is no call",
            "[{\"name\": \"other\"}]",
            "Write <tool_call>, <|tool_call|>, <|python_tag|> or [TOOL_CALLS] first.\n",
            "<tool_call>",
            "It goes <tool_call>{\"name\": <function-name>, \"arguments\": <args-json-object>}</tool_call>.",
            "It goes <|tool_call|>[{…}], or <tool_call>[…]</tool_call>, or <tool_call></tool_call>.",
            "It goes [TOOL_CALLS]name[ARGS]{…}, or [TOOL_CALLS] [1, 2], or [TOOL_CALLS]name [ARGS] {}.",
            "<|python_tag|>import math\nprint(math.pi)",
            "It thinks in <think> and </think>, or [THINK] and [/THINK].",
            "An end </tool_call> or </think> without a start.",
            "🚀 and half a one \ud83d",
        ];
        foreach (string answer in answers)
        {
            Check(format, answer, new ReadAnswer(answer, "", ""));
        }
    }

    [TestMethod]
    [DataRow(ToolCallFormat.Granite, "<|tool_call|>[{\"name\": \"add\", \"arguments\": {\"a\"")]
    [DataRow(ToolCallFormat.Granite, "<|tool_call|>[{\"name\": \"add\", arguments}]")]
    [DataRow(ToolCallFormat.Hermes, "<tool_call>\n{\"name\": \"add\", \"arguments\": {\"a\": 1}")]
    [DataRow(ToolCallFormat.Hermes, "<tool_call>\n{\"name\": \"add\", \"arguments\": {\"a\": 1}</tool_call>")]
    [DataRow(ToolCallFormat.Hermes, "<tool_call>{\"name\": \"add\", \"arguments\": [1]}</tool_call>")]
    [DataRow(ToolCallFormat.Hermes, "<tool_call>{\"name\": \"add\", \"arguments\": {\"a\": 1, \"a\": 2}}</tool_call>")]
    [DataRow(ToolCallFormat.Hermes, "<tool_call>{\"name\": \"add\", \"a\": 1}</tool_call>")]
    [DataRow(ToolCallFormat.Hermes, "<tool_call>{\"name\": \"add\", \"arguments\": \"{\\\"a\\\": \\\"\\\\ud800\\\"}\"}</tool_call>")]
    [DataRow(ToolCallFormat.Hermes, "<tool_call>{\"name\": \"add\", \"arguments\": {\"a\": \"no end}}\n</tool_call>")]
    [DataRow(ToolCallFormat.Llama, "<|python_tag|>{\"name\": \"add\", \"parameters\": {")]
    [DataRow(ToolCallFormat.Llama, "{\"name\": \"add\", \"parameters\": {\"a\": 1")]
    [DataRow(ToolCallFormat.Llama, "<|python_tag|>add.call(a=1, b=")]
    [DataRow(ToolCallFormat.Llama, "<|python_tag|>add.call(1)")]
    [DataRow(ToolCallFormat.Llama, "<|python_tag|>add.call(**{\"a\": 1})")]
    [DataRow(ToolCallFormat.Llama, "<|python_tag|>add.call(a=other)")]
    [DataRow(ToolCallFormat.Llama, "<|python_tag|>add.call(a=1 + 1)")]
    [DataRow(ToolCallFormat.Llama, "<|python_tag|>add.call(a=f\"{x}\")")]
    [DataRow(ToolCallFormat.Llama, "<|python_tag|>add.call(a=1, a=2)")]
    [DataRow(ToolCallFormat.Llama, "<|python_tag|>add.call(a=\"\\d\")")]
    [DataRow(ToolCallFormat.Llama, "<|python_tag|>add.call(a=\"it\"s\")")]
    [DataRow(ToolCallFormat.Llama, "<|python_tag|>add.call(a=007)")]
    [DataRow(ToolCallFormat.Llama, "<|python_tag|>add.call(a={1: 2})")]
    [DataRow(ToolCallFormat.Mistral, "[TOOL_CALLS][{\"name\": \"add\"")]
    [DataRow(ToolCallFormat.Mistral, "[TOOL_CALLS]add[ARGS]{\"a\": one}")]
    public void Push_CallThatCannotBeRead_IsReported(ToolCallFormat format, string answer) =>
        Check(format, answer, new ReadAnswer("", "", "!add"));

    [TestMethod]
    public void Push_HalfASurrogatePairInACall_IsReported()
    {
        foreach (string text in new[] { "\ud83d", "\ude80", "\\ud83d", "\\ude80", "\ud83d\\ude80", "\\ud83d\ude80", "\\ud83dx\\ude80" })
        {
            Check(
                ToolCallFormat.Hermes, $"<tool_call>{{\"name\": \"add\", \"arguments\": {{\"a\": \"{text}\"}}}}</tool_call>",
                new ReadAnswer("", "", "!add"));
            Check(ToolCallFormat.Llama, $"<|python_tag|>add.call(a='{text}')", new ReadAnswer("", "", "!add"));
        }
    }

    [TestMethod]
    [DataRow(ToolCallFormat.Hermes, "<tool_call>{\"arguments\": {\"name\": \"add\"}}</tool_call>")]
    [DataRow(ToolCallFormat.Hermes, "<tool_call>{\"name\": \"\", \"arguments\": {}}</tool_call>")]
    [DataRow(ToolCallFormat.Hermes, "<tool_call>{\"name\": 7, \"arguments\": {}}</tool_call>")]
    [DataRow(ToolCallFormat.Hermes, "<tool_call>{}</tool_call>")]
    [DataRow(ToolCallFormat.Granite, "<|tool_call|>[{\"function\": {\"arguments\": {}}}]")]
    [DataRow(ToolCallFormat.Llama, "<|python_tag|>{\"parameters\": {}}")]
    [DataRow(ToolCallFormat.Mistral, "[TOOL_CALLS][ARGS]{\"a\": 1}")]
    [DataRow(ToolCallFormat.Mistral, "[TOOL_CALLS]{\"arguments\": {}}")]
    public void Push_CallWithoutName_IsNeverMade(ToolCallFormat format, string answer) =>
        Check(format, answer, new ReadAnswer("", "", "!"));

    [TestMethod]
    [DataRow("a='it\\'s', b=\"\\\"\"", "{\"a\":\"it\\u0027s\",\"b\":\"\\u0022\"}")]
    [DataRow("a=True, b=None, c=False", "{\"a\":true,\"b\":null,\"c\":false}")]
    [DataRow("a=-1.5e3, b=(1, 'x'), c=()", "{\"a\":-1.5e3,\"b\":[1,\"x\"],\"c\":[]}")]
    [DataRow("a={'k': [1, {\"l\": null}]},", "{\"a\":{\"k\":[1,{\"l\":null}]}}")]
    [DataRow("a=')', b='\\x41\\u0042\\U00000043'", "{\"a\":\")\",\"b\":\"ABC\"}")]
    [DataRow("a = \"x\\ny\" ,\n b = 2", "{\"a\":\"x\\ny\",\"b\":2}")]
    public void Push_PythonArguments_ArriveAsTheyAre(string arguments, string expected) =>
        Check(ToolCallFormat.Llama, $"<|python_tag|>add.call({arguments})", new ReadAnswer("", "", $"add {expected}"));

    [TestMethod]
    [DataRow("First. <tool_call>{\"name\": \"add\", \"arguments\": {}}</tool_call> Then.", "First. Then.", "add {}")]
    [DataRow("<tool_call>{\"name\": \"add\", \"arguments\": {}}\nThen.</tool_call> ", "Then.", "add {}")]
    [DataRow(
        "<tool_call>{\"name\": \"add\", \"arguments\": {\"a\": oops}}</tool_call>\n<tool_call>{\"name\": \"clock\"}</tool_call>", "",
        "!add\nclock {}")]
    [DataRow(
        "<tool_call>{\"name\": \"add\", \"arguments\": {\"a\": \"no end}}</tool_call><tool_call>{\"name\": \"clock\"}</tool_call>", "",
        "!add\nclock {}")]
    [DataRow(
        "<tool_call>[{\"name\": \"clock\"}, {\"name\": \"add\", \"arguments\": {\"a\": \"cut off", "", "clock {}\n!add")]
    [DataRow("<tool_call>[{\"name\": \"clock\"}, 7]</tool_call> Then.", "Then.", "clock {}\n!")]
    public void Push_WhatStandsBesideCalls_IsKept(string answer, string text, string calls) =>
        Check(ToolCallFormat.Hermes, answer, new ReadAnswer(text, "", calls));

    [TestMethod]
    [DataRow("<think>\nHm.\n</think>\n\nYes.", "Yes.", "Hm.", "")]
    [DataRow("<think></think>Yes.", "Yes.", "", "")]
    [DataRow("<think>a</think>\n<think>b</think>Yes.", "Yes.", "a\nb", "")]
    [DataRow("<think>a <tool_call>{\"name\": \"add\"}</tool_call>", "", "a <tool_call>{\"name\": \"add\"}</tool_call>", "")]
    [DataRow("Well.\n<think>a</think>Yes.", "Well.Yes.", "a", "")]
    [DataRow(
        "Well. <think><tool_call>{\"name\": \"add\"}</tool_call></think> Yes.", "Well. Yes.", "<tool_call>{\"name\": \"add\"}</tool_call>",
        "")]
    [DataRow("I <think> so.\n<tool_call>{\"name\": \"add\"}</tool_call>", "I <think> so.", "", "add {}")]
    [DataRow("I <think> so.\n<think>b</think>Yes.", "I <think> so.Yes.", "b", "")]
    [DataRow(
        "<tool_call>{\"name\": \"add\"}</tool_call><think>b</think><tool_call>{\"name\": \"clock\"}</tool_call>", "", "b",
        "add {}\nclock {}")]
    [DataRow(
        "<tool_call>{\"name\": \"add\", \"arguments\": {\"a\": \"<think>\"}}</tool_call>", "", "", "add {\"a\":\"\\u003Cthink\\u003E\"}")]
    public void Push_Reasoning_IsToldFromTextAndHasNoCalls(string answer, string text, string reasoning, string calls) =>
        Check(ToolCallFormat.Hermes, answer, new ReadAnswer(text, reasoning, calls));

    [TestMethod]
    public void Push_PromptOpenedReasoning_BeginsWithin()
    {
        ReadAnswer expected = new("Yes.", "Is it [TOOL_CALLS]add{\"a\": 1}?", "clock {}");
        Check(
            ToolCallFormat.Mistral, "Is it [TOOL_CALLS]add{\"a\": 1}?[/THINK]Yes.[TOOL_CALLS]clock{}", expected,
            new ToolCallReaderOptions { StartsIn = ReasoningMarks.MistralThink });
    }

    [TestMethod]
    public void Push_LlamaJsonOfNoTool_IsText()
    {
        const string Answer = "{\"name\": \"Nora\", \"parameters\": {\"age\": 67}}";
        Check(ToolCallFormat.Llama, Answer, new ReadAnswer(Answer, "", ""));
        Check(ToolCallFormat.Llama, Answer, new ReadAnswer("", "", "Nora {\"age\":67}"), new ToolCallReaderOptions());
        const string Plain = "{\"name\": \"Nora\"} ";
        Check(ToolCallFormat.Llama, Plain, new ReadAnswer(Plain, "", ""), new ToolCallReaderOptions());
    }

    [TestMethod]
    public void Push_CallWithoutEnd_IsGivenUpAtTheLimit()
    {
        ToolCallReader reader = new(ToolCallFormat.Hermes);
        List<AnswerPart> parts = [.. reader.Push("<tool_call>{\"name\": \"add\", \"arguments\": {\"a\": \"")];
        string much = new('x', 1 << 16);
        for (int i = 0; i < 80; i++)
        {
            parts.AddRange(reader.Push(much));
        }

        parts.AddRange(reader.Push(" <tool_call>{\"name\": \"clock\"}</tool_call>"));
        parts.AddRange(reader.Finish());
        ReadAnswer answer = ReadAnswer.Of(parts);
        Assert.AreEqual("!add\nclock {}", answer.Calls);
        Assert.AreEqual((80 << 16) - ToolCallReader.MaxCallLength, answer.Text.Length, 100);
        Assert.AreEqual(4096, parts.OfType<UnreadableCallPart>().Single().Raw.Length);
    }

    [TestMethod]
    public void Push_TextInFrontOfAMark_IsGivenAtOnce()
    {
        ToolCallReader reader = new(ToolCallFormat.Hermes);
        Assert.AreEqual("Hi <", ReadAnswer.Of(reader.Push("Hi < <tool_")).Text);
        Assert.AreEqual("", ReadAnswer.Of(reader.Push("call> ")).Text);
        Assert.AreEqual(" <tool_call> is a mark ", ReadAnswer.Of(reader.Push("is a mark \ud83d")).Text);
        Assert.AreEqual("🚀", ReadAnswer.Of(reader.Push("\ude80")).Text);
        Assert.IsEmpty(reader.Finish());
        Assert.ThrowsExactly<InvalidOperationException>(() => reader.Push("x"));
        Assert.ThrowsExactly<InvalidOperationException>(reader.Finish);
    }

    [TestMethod]
    public void Create_WrongArguments_AreRefused()
    {
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new ToolCallReader(ToolCallFormat.Auto));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new ToolCallReader((ToolCallFormat)99));
        foreach (ReasoningMarks marks in new[] { new ReasoningMarks("", "x"), new ReasoningMarks("x", ""), new ReasoningMarks(" x", "x") })
        {
            Assert.ThrowsExactly<ArgumentException>(
                () => new ToolCallReader(ToolCallFormat.Hermes, new ToolCallReaderOptions { Reasoning = [marks] }));
            Assert.ThrowsExactly<ArgumentException>(
                () => new ToolCallReader(ToolCallFormat.Hermes, new ToolCallReaderOptions { StartsIn = marks }));
        }
    }

    private static void Check(ToolCallFormat format, string answer, ReadAnswer expected, ToolCallReaderOptions? options = null)
    {
        for (int size = 1; size <= Math.Max(answer.Length, 1); size++)
        {
            Assert.AreEqual(expected, ReadAnswer.Of(format, answer, size, options ?? Named), $"pieces of {size}");
        }
    }
}
