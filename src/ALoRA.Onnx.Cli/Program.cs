using ALoRA.Onnx.Cli.CommandLine;
using ALoRA.Onnx.Cli.Commands;

using Terminal terminal = Terminal.OfThisProcess();
using TerminationSignals signals = new();
int exitCode = await new AloraTool(terminal).InvokeAsync(args, signals.Token);
return signals.ExitCode ?? exitCode;
