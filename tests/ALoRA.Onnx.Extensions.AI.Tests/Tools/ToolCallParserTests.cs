using System.Text.Json;
using ALoRA.Onnx.Extensions.AI.Tools;

namespace ALoRA.Onnx.Extensions.AI.Tests.Tools;

/// <summary>Tool calls in answers, in every format and cut into pieces everywhere.</summary>
[TestClass]
public sealed class ToolCallParserTests
{
    private static readonly HashSet<string> Names = ["add", "clock"];

    [TestMethod]
    [DataRow(
        ToolCallFormat.Granite,
        "<|tool_call|>[{\"name\": \"add\", \"arguments\": {\"a\": 1, \"b\": [2]}}, {\"name\": \"clock\", \"arguments\": {}}]", "")]
    [DataRow(
        ToolCallFormat.Granite,
        "<|tool_call|> <tool_call>[{\"name\": \"add\", \"arguments\": {\"a\": 1, \"b\": [2]}}, {\"name\": \"clock\", "
        + "\"arguments\": {}}]</tool_call>\n",
        "")]
    [DataRow(
        ToolCallFormat.Granite,
        "Let me see.\n<tool_call>[{\"name\": \"add\", \"arguments\": {\"a\": 1, \"b\": [2]}}, {\"name\": \"clock\"}]</tool_call>",
        "Let me see.")]
    [DataRow(
        ToolCallFormat.Hermes,
        "<tool_call>\n{\"name\": \"add\", \"arguments\": {\"a\": 1, \"b\": [2]}}\n</tool_call>\n<tool_call>\n{\"name\": \"clock\", "
        + "\"arguments\": {}}\n</tool_call>",
        "")]
    [DataRow(
        ToolCallFormat.Hermes,
        "Let me see.\n\n<tool_call>{\"name\":\"add\",\"arguments\":\"{\\\"a\\\": 1, \\\"b\\\": [2]}\"}</tool_call><tool_call>{\"name\": "
        + "\"clock\", \"arguments\": null}",
        "Let me see.")]
    [DataRow(
        ToolCallFormat.Hermes,
        "<tool_call>[{\"name\": \"add\", \"arguments\": {\"a\": 1, \"b\": [2]}}, {\"type\": \"function\", \"function\": {\"name\": "
        + "\"clock\", \"arguments\": {}}}]</tool_call>",
        "")]
    [DataRow(
        ToolCallFormat.Llama, "{\"name\": \"add\", \"parameters\": {\"a\": 1, \"b\": [2]}}; {\"name\": \"clock\", \"parameters\": {}}", "")]
    [DataRow(
        ToolCallFormat.Llama,
        "<|python_tag|>{\"name\": \"add\", \"parameters\": {\"a\": 1, \"b\": [2]}};{\"name\": \"clock\", \"parameters\": {}}", "")]
    [DataRow(ToolCallFormat.Llama, "\n\n{\"name\": \"add\", \"arguments\": {\"a\": 1, \"b\": [2]}}<|python_tag|>clock.call()", "")]
    [DataRow(
        ToolCallFormat.Mistral,
        "[TOOL_CALLS][{\"name\": \"add\", \"arguments\": {\"a\": 1, \"b\": [2]}}, {\"name\": \"clock\", \"arguments\": "
        + "{}, \"id\": \"abcdefghi\"}]",
        "")]
    [DataRow(ToolCallFormat.Mistral, "[TOOL_CALLS]add[CALL_ID]AbCdEfGhI[ARGS]{\"a\": 1, \"b\": [2]}[TOOL_CALLS]clock[ARGS]{}", "")]
    [DataRow(ToolCallFormat.Mistral, "Let me see.[TOOL_CALLS]add{\"a\": 1, \"b\": [2]}[TOOL_CALLS]clock{}", "Let me see.")]
    public void Push_TwoCallsInPiecesOfAnySize_GivesBothAndNoTextOfTheirs(ToolCallFormat format, string answer, string text)
    {
        for (int size = 1; size <= answer.Length; size++)
        {
            (string got, List<FunctionCallContent> calls) = Parse(format, answer, size);
            Assert.AreEqual(text, got, $"pieces of {size}");
            Assert.HasCount(2, calls, $"pieces of {size}");
            Assert.AreEqual(("add", "clock"), (calls[0].Name, calls[1].Name));
            Assert.AreEqual("1", calls[0].Arguments!["a"]!.ToString());
            Assert.AreEqual("[2]", ((JsonElement)calls[0].Arguments!["b"]!).GetRawText());
            Assert.IsEmpty(calls[1].Arguments!);
            Assert.IsTrue(calls.All(call => call is { Exception: null, InformationalOnly: false, CallId.Length: 9 }));
            Assert.AreNotEqual(calls[0].CallId, calls[1].CallId);
        }
    }

    [TestMethod]
    [DataRow(ToolCallFormat.Granite)]
    [DataRow(ToolCallFormat.Hermes)]
    [DataRow(ToolCallFormat.Llama)]
    [DataRow(ToolCallFormat.Mistral)]
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
        ];
        foreach (string answer in answers)
        {
            for (int size = 1; size <= Math.Max(answer.Length, 1); size++)
            {
                (string got, List<FunctionCallContent> calls) = Parse(format, answer, size);
                Assert.AreEqual(answer, got, $"pieces of {size}");
                Assert.IsEmpty(calls);
            }
        }
    }

    [TestMethod]
    [DataRow(ToolCallFormat.Granite, "<|tool_call|>[{\"name\": \"add\", \"arguments\": {\"a\"")]
    [DataRow(ToolCallFormat.Granite, "<|tool_call|>[{\"name\": \"add\", arguments}]")]
    [DataRow(ToolCallFormat.Hermes, "<tool_call>\n{\"name\": \"add\", \"arguments\": {\"a\": 1}")]
    [DataRow(ToolCallFormat.Hermes, "<tool_call>\n{\"name\": \"add\", \"arguments\": {\"a\": 1}</tool_call>")]
    [DataRow(ToolCallFormat.Hermes, "<tool_call>{\"name\": \"add\", \"arguments\": [1]}</tool_call>")]
    [DataRow(ToolCallFormat.Llama, "<|python_tag|>{\"name\": \"add\", \"parameters\": {")]
    [DataRow(ToolCallFormat.Llama, "{\"name\": \"add\", \"parameters\": {\"a\": 1")]
    [DataRow(ToolCallFormat.Mistral, "[TOOL_CALLS][{\"name\": \"add\"")]
    [DataRow(ToolCallFormat.Mistral, "[TOOL_CALLS]add[ARGS]{\"a\": one}")]
    public void Push_CallThatCannotBeRead_IsReportedAndNotCarriedOut(ToolCallFormat format, string answer)
    {
        for (int size = 1; size <= answer.Length; size++)
        {
            (string text, List<FunctionCallContent> calls) = Parse(format, answer, size);
            Assert.AreEqual("", text, $"pieces of {size}");
            Assert.HasCount(1, calls);
            Assert.AreEqual("add", calls[0].Name);
            Assert.IsTrue(calls[0].InformationalOnly);
            Assert.IsInstanceOfType<FormatException>(calls[0].Exception);
        }
    }

    [TestMethod]
    public void Push_TextBehindACall_IsText()
    {
        (string text, List<FunctionCallContent> calls) =
            Parse(ToolCallFormat.Hermes, "First. <tool_call>{\"name\": \"add\", \"arguments\": {}}</tool_call> Then.", 3);
        Assert.AreEqual("First. Then.", text);
        Assert.HasCount(1, calls);
    }

    [TestMethod]
    public void Push_LlamaJsonOfNoTool_IsText()
    {
        const string Answer = "{\"name\": \"Nora\", \"parameters\": {\"age\": 67}}";
        Assert.AreEqual(Answer, Parse(ToolCallFormat.Llama, Answer, 4).Text);
    }

    [TestMethod]
    public void Fit_AnyId_IsNineLettersOrDigitsAndStable()
    {
        Assert.AreEqual("abcDEF123", ToolCallId.Fit("abcDEF123"));
        string fitted = ToolCallId.Fit("call_0123456789");
        Assert.AreEqual(fitted, ToolCallId.Fit("call_0123456789"));
        Assert.AreNotEqual(fitted, ToolCallId.Fit("call_0123456788"));
        Assert.IsTrue(fitted.Length == 9 && fitted.All(char.IsAsciiLetterOrDigit));
    }

    private static (string Text, List<FunctionCallContent> Calls) Parse(ToolCallFormat format, string answer, int size)
    {
        ToolCallParser parser = ToolCallFormats.CreateParser(format, Names);
        string text = "";
        List<FunctionCallContent> calls = [];
        for (int i = 0; i < answer.Length; i += size)
        {
            text += parser.Push(answer.Substring(i, Math.Min(size, answer.Length - i)));
            calls.AddRange(parser.TakeCalls());
        }

        text += parser.Finish();
        calls.AddRange(parser.TakeCalls());
        return (text, calls);
    }
}
