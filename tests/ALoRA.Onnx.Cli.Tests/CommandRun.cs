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

    /// <summary>On a screen of so many columns.</summary>
    public static async Task<CommandRun> OnScreen(int width, params string[] arguments)
    {
        await using StringWriter output = new() { NewLine = "\n" };
        await using StringWriter error = new() { NewLine = "\n" };
        using Terminal terminal = new(Stream.Null, output, error)
        {
            Width = width,
            IsOutputInteractive = true,
            AllowsColor = false,
        };
        int exitCode = await new AloraTool(terminal).InvokeAsync(arguments, CancellationToken.None);
        return new CommandRun(exitCode, output.ToString(), error.ToString());
    }

    /// <summary>With output and errors in one file, as <c>2&gt;&amp;1</c> has them, the output written in blocks.</summary>
    public static async Task<CommandRun> Merged(params string[] arguments)
    {
        await using MemoryStream file = new();
        await using StreamWriter output = new(file, bufferSize: 1 << 16) { NewLine = "\n" };
        await using StreamWriter error = new(file) { NewLine = "\n", AutoFlush = true };
        using Terminal terminal = new(Stream.Null, output, error);
        int exitCode = await new AloraTool(terminal).InvokeAsync(arguments, CancellationToken.None);
        return new CommandRun(exitCode, Encoding.UTF8.GetString(file.ToArray()), "");
    }

    /// <summary>With these variables in the environment and no others.</summary>
    public static async Task<CommandRun> WithVariables(IReadOnlyDictionary<string, string> variables, params string[] arguments)
    {
        await using StringWriter output = new() { NewLine = "\n" };
        await using StringWriter error = new() { NewLine = "\n" };
        using Terminal terminal = new(Stream.Null, output, error) { Variable = name => variables.GetValueOrDefault(name) };
        int exitCode = await new AloraTool(terminal).InvokeAsync(arguments, CancellationToken.None);
        return new CommandRun(exitCode, output.ToString(), error.ToString());
    }

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
