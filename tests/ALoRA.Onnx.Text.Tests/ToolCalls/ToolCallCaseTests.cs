using System.Text.Json.Nodes;

namespace ALoRA.Onnx.Text.Tests.ToolCalls;

/// <summary>Completions in which faults of other readers showed; each row is one of the shared cases.</summary>
[TestClass]
public sealed class ToolCallCaseTests
{
    [TestMethod]
    [DataRow(
        ToolCallFormat.Hermes,
        "<tool_call>\n{\"name\": \"write_note\", \"arguments\": {\"title\": \"tags\", \"body\": \"close it with </tool_call> "
        + "and go on\"}}\n</tool_call>",
        "", "",
        "write_note {\"title\":\"tags\",\"body\":\"close it with </tool_call> and go on\"}", DisplayName = "01-end-mark-in-value")]
    [DataRow(
        ToolCallFormat.Granite,
        "<tool_call>[{\"name\": \"log_line\", \"arguments\": {\"line\": \"</tool_call>\", \"level\": 2}}]</tool_call>",
        "", "",
        "log_line {\"line\":\"</tool_call>\",\"level\":2}", DisplayName = "02-end-mark-is-value")]
    [DataRow(
        ToolCallFormat.Mistral,
        "[TOOL_CALLS]echo[ARGS]{\"text\": \"[ARGS]{} and [CALL_ID]9\"}",
        "", "",
        "echo {\"text\":\"[ARGS]{} and [CALL_ID]9\"}", DisplayName = "03-args-mark-in-value")]
    [DataRow(
        ToolCallFormat.Llama,
        "<|python_tag|>search_web.call(query=\"the \\\"big\\\" one\")",
        "", "",
        "search_web {\"query\":\"the \\\"big\\\" one\"}", DisplayName = "04-builtin-escaped-quotes")]
    [DataRow(
        ToolCallFormat.Llama,
        "<|python_tag|>set_alarm.call(label=\"tea\", minutes=5, repeat=false)",
        "", "",
        "set_alarm {\"label\":\"tea\",\"minutes\":5,\"repeat\":false}", DisplayName = "05-builtin-numbers")]
    [DataRow(
        ToolCallFormat.Llama,
        "<|python_tag|>open_path.call(path=\"C:\\\\temp\\\\new\")",
        "", "",
        "open_path {\"path\":\"C:\\\\temp\\\\new\"}", DisplayName = "06-builtin-backslashes")]
    [DataRow(
        ToolCallFormat.Llama,
        "<|python_tag|>filter_rows.call(where=\"a='1', b=2\", limit=10)",
        "", "",
        "filter_rows {\"where\":\"a='1', b=2\",\"limit\":10}", DisplayName = "07-builtin-equals-in-value")]
    [DataRow(
        ToolCallFormat.Mistral,
        "[TOOL_CALLS]{\"name\": \"lookup_city\", \"arguments\": {\"city\": \"Oslo\"}}",
        "", "",
        "lookup_city {\"city\":\"Oslo\"}", DisplayName = "08-single-object")]
    [DataRow(
        ToolCallFormat.Mistral,
        "[TOOL_CALLS]\n{\"name\": \"add_item\", \"arguments\": {\"item\": \"milk\", \"count\": 2}}\n",
        "", "",
        "add_item {\"item\":\"milk\",\"count\":2}", DisplayName = "09-single-object-next-line")]
    [DataRow(
        ToolCallFormat.Mistral,
        "[TOOL_CALLS]{\"name\": \"ping\"}",
        "", "",
        "ping {}", DisplayName = "10-single-object-no-arguments")]
    [DataRow(
        ToolCallFormat.Hermes,
        "A model opens a call with <tool_call> and closes it with </tool_call>. That is all.",
        "A model opens a call with <tool_call> and closes it with </tool_call>. That is all.", "",
        "", DisplayName = "11-both-marks-in-prose")]
    [DataRow(
        ToolCallFormat.Mistral,
        "Older models write [TOOL_CALLS] before a list. Newer ones do not.",
        "Older models write [TOOL_CALLS] before a list. Newer ones do not.", "",
        "", DisplayName = "12-mistral-mark-in-prose")]
    [DataRow(
        ToolCallFormat.Hermes,
        "I use the <tool_call> tag now.\n<tool_call>{\"name\": \"now\", \"arguments\": {\"zone\": \"UTC\"}}</tool_call>",
        "I use the <tool_call> tag now.", "",
        "now {\"zone\":\"UTC\"}", DisplayName = "13-mention-then-call")]
    [DataRow(
        ToolCallFormat.Hermes,
        "<tool_call>{\"name\": \"say\", \"arguments\": {\"text\": \"hm \\ud83d.\"}}</tool_call>",
        "", "",
        "!say", DisplayName = "14-half-pair-in-value")]
    [DataRow(
        ToolCallFormat.Hermes,
        "<tool_call>{\"name\": \"say\", \"arguments\": {\"\\ud83d\": true}}</tool_call>",
        "", "",
        "!say", DisplayName = "15-half-pair-in-key")]
    [DataRow(
        ToolCallFormat.Llama,
        "<|python_tag|>{\"name\": \"tag\", \"parameters\": {\"tags\": [\"ok\", \"\\udbff\"]}}",
        "", "",
        "!tag", DisplayName = "16-half-in-nested-list")]
    [DataRow(
        ToolCallFormat.Hermes,
        "<think>\nShould I write <tool_call> now? Yes.\n</think>\n\n<tool_call>\n{\"name\": \"get_time\", \"arguments\": "
        + "{\"city\": \"Rome\"}}\n</tool_call>",
        "", "Should I write <tool_call> now? Yes.",
        "get_time {\"city\":\"Rome\"}", DisplayName = "17-mark-in-thinking")]
    [DataRow(
        ToolCallFormat.Mistral,
        "[THINK]Perhaps [TOOL_CALLS]delete_all[ARGS]{\"sure\": true} is too much.[/THINK][TOOL_CALLS]list_all[ARGS]{\"page\": "
        + "1}",
        "", "Perhaps [TOOL_CALLS]delete_all[ARGS]{\"sure\": true} is too much.",
        "list_all {\"page\":1}", DisplayName = "18-call-in-mistral-thinking")]
    [DataRow(
        ToolCallFormat.Hermes,
        "<tool_call>{\"name\": \"step_one\", \"arguments\": {\"a\": 1}}\n<tool_call>{\"name\": \"step_two\", \"arguments\": "
        + "{\"b\": 2}}</tool_call>",
        "", "",
        "step_one {\"a\":1}\nstep_two {\"b\":2}", DisplayName = "19-no-end-between")]
    [DataRow(
        ToolCallFormat.Hermes,
        "<tool_call>\n{\"name\": \"read_a\", \"arguments\": {}}\n{\"name\": \"read_b\", \"arguments\": {\"deep\": {\"x\": "
        + "1}}}\n</tool_call>",
        "", "",
        "read_a {}\nread_b {\"deep\":{\"x\":1}}", DisplayName = "20-two-objects-one-tag")]
    [DataRow(
        ToolCallFormat.Hermes,
        "Ok 🚀!\n<tool_call>\n{\"name\": \"launch\", \"arguments\": {\"emoji\": \"🚀\", \"n\": 3}}\n</tool_call>",
        "Ok 🚀!", "",
        "launch {\"emoji\":\"🚀\",\"n\":3}", DisplayName = "21-cut-in-pairs-and-marks")]
    [DataRow(
        ToolCallFormat.Mistral,
        "[TOOL_CALLS]first[CALL_ID]abc123DEF[ARGS]{\"p\": \"x\"}[TOOL_CALLS]second[ARGS]{\"q\": {\"r\": []}}",
        "", "",
        "first#abc123DEF {\"p\":\"x\"}\nsecond {\"q\":{\"r\":[]}}", DisplayName = "22-cut-named-calls")]
    [DataRow(
        ToolCallFormat.Granite,
        "<|tool_call|>[{\"name\": \"m\", \"arguments\": {\"v\": 1e3}}, {\"name\": \"n\", \"arguments\": {\"w\": \"\\u00e9\"}}]",
        "", "",
        "m {\"v\":1e3}\nn {\"w\":\"\\u00E9\"}", DisplayName = "23-cut-list")]
    public void Push_CaseInPiecesOfAnySize_GivesTextReasoningAndCalls(
        ToolCallFormat format, string completion, string text, string reasoning, string calls)
    {
        foreach (int size in new[] { 1, 2, 3, 4, 5, 6, 7, completion.Length })
        {
            ReadAnswer answer = ReadAnswer.Of(format, completion, size);
            Assert.AreEqual(text, answer.Text, $"pieces of {size}");
            Assert.AreEqual(reasoning, answer.Reasoning, $"pieces of {size}");
            AssertCalls(calls, answer.Calls, $"pieces of {size}");
        }
    }

    private static void AssertCalls(string expected, string actual, string message)
    {
        string[] wanted = expected.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        string[] got = actual.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.HasCount(wanted.Length, got, message);
        foreach ((string one, string other) in wanted.Zip(got))
        {
            Assert.AreEqual(one.Split(' ')[0], other.Split(' ')[0], message);
            Assert.IsTrue(
                one.StartsWith('!')
                    || JsonNode.DeepEquals(JsonNode.Parse(one[one.IndexOf(' ')..]), JsonNode.Parse(other[other.IndexOf(' ')..])),
                $"{message}: {other}");
        }
    }
}
