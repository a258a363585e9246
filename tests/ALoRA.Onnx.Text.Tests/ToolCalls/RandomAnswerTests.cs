using System.Diagnostics;
using System.Text;
using System.Text.Json;

namespace ALoRA.Onnx.Text.Tests.ToolCalls;

/// <summary>Answers made at random: cut anywhere they read like the whole, and what was written is what is read.</summary>
[TestClass]
public sealed class RandomAnswerTests
{
    private static readonly ToolCallFormat[] Formats =
        [ToolCallFormat.Granite, ToolCallFormat.Hermes, ToolCallFormat.Llama, ToolCallFormat.Mistral, ToolCallFormat.None];

    private static readonly string[] Fragments =
    [
        "<tool_call>", "</tool_call>", "<|tool_call|>", "<|python_tag|>", "[TOOL_CALLS]", "[/TOOL_CALLS]", "[ARGS]", "[CALL_ID]", "<think>",
        "</think>", "[THINK]", "[/THINK]", "<", "[", "{", "}", "]", "(", ")", "\"", "'", "\\", ",", ";", ":", "=", " ", "\n", "\t", "x",
        "name", "7",
        "🚀", "\ud83d", "\ude80", "\\ud83d", "{\"name\": \"f\", \"arguments\": {\"a\": 1}}", "{\"name\": \"f\"}", "[{\"name\": \"f\"}]",
        "{\"name\": \"f\", \"parameters\": {\"s\": \"<tool_call>\"}}", "f[ARGS]{\"a\": 1}", "f[CALL_ID]i[ARGS]{}",
        "f.call(a='x', b=[True])",
        "f.call(", "{\"name\": ", "\"arguments\": {", "Some text. ", "null", "{\"name\": \"f\", \"arguments\": {\"a\": \"no end}}",
    ];

    [TestMethod]
    public void Push_RandomFragmentsCutAnywhere_ReadLikeTheWhole()
    {
        for (int seed = 0; seed < 20_000; seed++)
        {
            Random random = new(seed);
            ToolCallFormat format = Formats[seed % Formats.Length];
            StringBuilder answer = new();
            for (int count = random.Next(1, 14); count > 0; count--)
            {
                answer.Append(Fragments[random.Next(Fragments.Length)]);
            }

            string text = answer.ToString();
            ReadAnswer whole = ReadAnswer.Of(format, text, text.Length);
            Assert.AreEqual(whole, ReadAnswer.Of(format, text, 1), $"seed {seed}: {text}");
            Assert.AreEqual(whole, ReadAnswer.Of(format, text, () => random.Next(6)), $"seed {seed}: {text}");
        }
    }

    [TestMethod]
    public void Push_RandomCallsAndTexts_GivesWhatWasWritten()
    {
        string[] words = [
            "plain", "a </tool_call> b", "<tool_call>{", "[ARGS]{}", "[TOOL_CALLS]", "\"quoted\" \\ 'single'", "{[(", ")]}", "🚀", "\n",
            "é"];
        for (int seed = 0; seed < 5_000; seed++)
        {
            Random random = new(seed);
            ToolCallFormat format = Formats[seed % (Formats.Length - 1)];
            StringBuilder answer = new();
            List<string> calls = [];
            string reasoning = random.Next(2) == 0 ? "" : $"So <tool_call>{{\"name\": \"f\"}} {random.Next()}";
            answer.Append(reasoning.Length == 0 ? "" : $"<think>{reasoning}</think>\n");
            string text = random.Next(2) == 0 ? "" : "Some text.";
            answer.Append(text);
            for (int count = random.Next(1, 5); count > 0; count--)
            {
                Dictionary<string, object> arguments = Enumerable.Range(0, random.Next(4)).ToDictionary(
                    i => $"k{i}",
                    object (_) => random.Next(3) switch
                    {
                        0 => random.Next(),
                        1 => words[random.Next(words.Length)],
                        _ => new[] { words[random.Next(words.Length)], words[random.Next(words.Length)] },
                    });
                string json = JsonSerializer.Serialize(arguments);
                calls.Add($"f{count} {json}");
                answer.Append(format switch
                {
                    ToolCallFormat.Mistral when random.Next(2) == 0 => $"[TOOL_CALLS]f{count}[ARGS]{json}",
                    ToolCallFormat.Mistral => $"[TOOL_CALLS][{{\"name\": \"f{count}\", \"arguments\": {json}}}]",
                    ToolCallFormat.Llama when random.Next(2) == 0 => $"<|python_tag|>{{\"name\": \"f{count}\", \"parameters\": {json}}}",
                    ToolCallFormat.Llama => $"<|python_tag|>f{count}.call({Python(arguments)})",
                    ToolCallFormat.Granite => $"<|tool_call|>[{{\"name\": \"f{count}\", \"arguments\": {json}}}]",
                    _ => $"<tool_call>\n{{\"name\": \"f{count}\", \"arguments\": {json}}}\n{(random.Next(2) == 0 ? "</tool_call>" : "")}\n",
                });
            }

            ReadAnswer read = ReadAnswer.Of(format, answer.ToString(), () => random.Next(1, 9));
            Assert.AreEqual(new ReadAnswer(text, reasoning, string.Join('\n', calls)), read, $"seed {seed}: {answer}");
        }
    }

    [TestMethod]
    public void Push_DamagedAnswers_AreReadWithoutAnException()
    {
        byte[] sound = Encoding.UTF8.GetBytes(
            "<think>Hm <tool_call>.</think>Text.\n<tool_call>[{\"name\": \"f\", \"arguments\": {\"a\": [1, "
            + "\"\\ud83d\\ude80\"]}}]</tool_call>"
            + "<|tool_call|>[{\"name\": \"f\"}]<|python_tag|>f.call(a='x', b=(1,), c={'d': None}); f.call()"
            + "[TOOL_CALLS]f[CALL_ID]i[ARGS]{\"a\": 1e5}[TOOL_CALLS][{\"name\": \"f\", \"id\": \"i\"}]");
        byte[][] pieces = [.. Fragments.Select(Encoding.UTF8.GetBytes)];
        foreach (ToolCallFormat format in Formats[..^1])
        {
            Fuzzing.Check(sound, bytes => ReadBothWays(format, bytes), exception => exception is FormatException, pieces);
        }
    }

    // Nothing is refused, so what differs from the sound answer counts as noticed.
    private static void ReadBothWays(ToolCallFormat format, byte[] bytes)
    {
        string text = Encoding.UTF8.GetString(bytes);
        ReadAnswer whole = ReadAnswer.Of(format, text, Math.Max(text.Length, 1));
        if (whole != ReadAnswer.Of(format, text, 1))
        {
            throw new UnreachableException($"Cut into characters it reads differently: {text}");
        }

        if (whole.Calls.Contains('!'))
        {
            throw new FormatException("A call cannot be read.");
        }
    }

    [TestMethod]
    [DataRow("<tool_call>")]
    [DataRow("<tool_call> {\"a\"")]
    [DataRow("<tool_call>{\"name\": \"f\"")]
    [DataRow("<tool_call>{\"name\": \"<tool_call>{\"")]
    [DataRow("a <think>")]
    [DataRow("\n<think>")]
    [DataRow("a <think> </think>")]
    [DataRow("<tool_call>[{\"name\": \"f\"},")]
    [DataRow(" ")]
    [DataRow("<")]
    public void Push_LongAnswers_TakeTimeThatGrowsLinearly(string unit)
    {
        long Steps(int count)
        {
            string text = string.Concat(Enumerable.Repeat(unit, count));
            long before = GC.GetAllocatedBytesForCurrentThread();
            ToolCallReader reader = new(ToolCallFormat.Hermes);
            foreach (char c in text)
            {
                reader.Push([c]);
            }

            reader.Finish();
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Steps(10);
        Assert.IsLessThan(6 * Steps(2_000) + (1 << 20), Steps(8_000));
    }

    private static string Python(Dictionary<string, object> arguments)
    {
        static string Quote(string text) => "'" + text.Replace("\\", "\\\\").Replace("'", "\\'").Replace("\n", "\\n") + "'";
        return string.Join(", ", arguments.Select(pair => pair.Key + "=" + pair.Value switch
        {
            string text => Quote(text),
            string[] list => $"[{string.Join(", ", list.Select(Quote))}]",
            object other => other.ToString(),
        }));
    }
}
