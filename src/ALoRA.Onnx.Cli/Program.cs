using ALoRA.Onnx.Cli.Invocation;
using ALoRA.Onnx.Cli.Terminals;

using Terminal terminal = Terminal.OfThisProcess();
using TerminationSignals signals = new();
int exitCode = await new AloraTool(terminal).InvokeAsync(args, signals.Token);
return signals.ExitCode ?? exitCode;
