using System.Text;
using ALoRA.Onnx.Cli.CommandLine;
using ALoRA.Onnx.Cli.Commands;

namespace ALoRA.Onnx.Cli.Tests;

/// <summary>A command line run in this process, with its streams captured.</summary>
internal sealed record CommandRun(int ExitCode, string Output, string Error)
{
    public string[] OutputLines => Output.TrimEnd('\n').Split('\n');

    public static Task<CommandRun> Of(params string[] arguments) => WithInput("", arguments);

    public static Task<CommandRun> WithInput(string input, params string[] arguments) =>
        WithInput(Encoding.UTF8.GetBytes(input), arguments, CancellationToken.None);

    public static async Task<CommandRun> WithInput(byte[] input, string[] arguments, CancellationToken cancellationToken)
    {
        await using MemoryStream stream = new(input);
        await using StringWriter output = new() { NewLine = "\n" };
        await using StringWriter error = new() { NewLine = "\n" };
        using Terminal terminal = new(stream, output, error);
        int exitCode = await new AloraTool(terminal).InvokeAsync(arguments, cancellationToken);
        return new CommandRun(exitCode, output.ToString(), error.ToString());
    }
}
