using System.Text;
using System.Text.Json;

namespace ALoRA.Onnx.Text.Tests.ToolCalls;

/// <summary>An answer read to its end: what the tests compare.</summary>
/// <param name="Text">All text.</param>
/// <param name="Reasoning">All reasoning.</param>
/// <param name="Calls">Each call as <c>name {…}</c> or <c>name#id {…}</c>, each unreadable one as <c>!name</c>.</param>
internal sealed record ReadAnswer(string Text, string Reasoning, string Calls)
{
    /// <summary>Reads in pieces of a size.</summary>
    public static ReadAnswer Of(ToolCallFormat format, string answer, int size, ToolCallReaderOptions? options = null) =>
        Of(format, answer, () => size, options);

    /// <summary>Reads in pieces of sizes that a function gives, 0 among them.</summary>
    public static ReadAnswer Of(ToolCallFormat format, string answer, Func<int> size, ToolCallReaderOptions? options = null)
    {
        ToolCallReader reader = new(format, options);
        List<AnswerPart> parts = [];
        for (int i = 0; i < answer.Length;)
        {
            int count = Math.Min(size(), answer.Length - i);
            parts.AddRange(reader.Push(answer.AsSpan(i, count)));
            i += count;
        }

        parts.AddRange(reader.Finish());
        return Of(parts);
    }

    /// <summary>Puts parts together, and checks what holds for all.</summary>
    public static ReadAnswer Of(IEnumerable<AnswerPart> parts)
    {
        StringBuilder text = new();
        StringBuilder reasoning = new();
        List<string> calls = [];
        foreach (AnswerPart part in parts)
        {
            switch (part)
            {
                case TextPart piece:
                    Assert.AreNotEqual("", piece.Text);
                    text.Append(piece.Text);
                    break;
                case ReasoningPart piece:
                    Assert.AreNotEqual("", piece.Text);
                    reasoning.Append(piece.Text);
                    break;
                case ToolCallPart call:
                    Assert.AreNotEqual("", call.Name.Trim());
                    Assert.AreNotEqual("", call.Id);
                    calls.Add($"{call.Name}{(call.Id is null ? "" : "#" + call.Id)} {JsonSerializer.Serialize(call.Arguments)}");
                    break;
                case UnreadableCallPart call:
                    Assert.AreNotEqual("", call.Error);
                    Assert.AreNotEqual("", call.Raw);
                    Assert.AreNotEqual("", call.Name);
                    calls.Add($"!{call.Name}");
                    break;
            }
        }

        return new ReadAnswer(text.ToString(), reasoning.ToString(), string.Join('\n', calls));
    }
}
