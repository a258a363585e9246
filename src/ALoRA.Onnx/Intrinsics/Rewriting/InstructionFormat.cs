using System.Text.Json.Nodes;
using ALoRA.Onnx.Python;
using ALoRA.Onnx.Python.Failures;
using ALoRA.Onnx.Python.Formatting;
using ALoRA.Onnx.Python.Values;

namespace ALoRA.Onnx.Intrinsics.Rewriting;

/// <summary>The instruction as Python's <c>str.format</c> fills it in.</summary>
internal static class InstructionFormat
{
    private const string LastMessage = "last_message";

    /// <summary>Fills in the arguments and <c>{last_message}</c>, which wins over an argument of that name.</summary>
    /// <exception cref="IntrinsicFormatException">An argument is missing or does not fit its place.</exception>
    public static string Apply(string instruction, JsonObject? arguments, string? lastMessage)
    {
        try
        {
            Budget budget = new();
            DictValue values = arguments is null ? new DictValue(budget) : (DictValue)PythonJson.FromNode(arguments)!;
            if (lastMessage is not null)
            {
                values.Set(LastMessage, lastMessage);
            }

            return FormatMethod.ApplyPlain(instruction, values, budget);
        }
        catch (TemplateFailure failure)
        {
            throw new IntrinsicFormatException(
                $"The instruction can't be filled in: {failure.Message}. Give every argument that it names.", failure);
        }
    }

    /// <summary>What is wrong with the braces of an instruction; null if nothing is.</summary>
    public static string? FindProblem(string instruction)
    {
        int depth = 0;
        for (int i = 0; i < instruction.Length; i++)
        {
            char c = instruction[i];
            if (c is not ('{' or '}'))
            {
                continue;
            }

            if (depth == 0 && i + 1 < instruction.Length && instruction[i + 1] == c)
            {
                i++;
                continue;
            }

            depth += c == '{' ? 1 : -1;
            if (depth < 0)
            {
                return "a single '}'";
            }
        }

        return depth > 0 ? "a single '{'" : null;
    }
}
