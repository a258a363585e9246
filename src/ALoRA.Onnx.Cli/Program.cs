using ALoRA.Onnx.Cli.CommandLine;
using ALoRA.Onnx.Cli.Commands;

using Terminal terminal = Terminal.OfThisProcess();
using TerminationSignals signals = new(terminal.Interrupts);
int exitCode = await new AloraTool(terminal).InvokeAsync(args, signals.Token);

// What ended well although a signal came, such as a server that is told to stop, has ended well.
return exitCode == ExitCode.Done ? exitCode : signals.ExitCode ?? exitCode;
