using System.CommandLine;

RootCommand root = new("Exports checkpoints and adapters to ONNX, and inspects, verifies and runs them.");
return await root.Parse(args).InvokeAsync();
