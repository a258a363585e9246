using System.CommandLine;
using ALoRA.Onnx.Cli.CommandLine;

namespace ALoRA.Onnx.Cli.Commands;

/// <summary>Every command, in the order in which the help text lists them.</summary>
internal static class CommandList
{
    public static IEnumerable<Command> Create(Terminal terminal) =>
    [
        new PullCommand(terminal),
        new ExportCommand(terminal),
        new AdapterCommand(terminal),
        new TrainCommand(terminal),
        new InspectCommand(terminal),
        new RunCommand(terminal),
        new ChatCommand(terminal),
        new ServeCommand(terminal),
        new IntrinsicCommand(terminal),
        new VerifyCommand(terminal),
        new QualityCommand(terminal),
        new BenchCommand(terminal),
        new EvaluateCommand(terminal),
        new TokenizeCommand(terminal),
        new RenderCommand(terminal),
        new SchemaCommand(terminal),
        new ToolsCommand(terminal),
        new SynthesizeCommand(terminal),
        new CompletionCommand(terminal),
    ];
}
