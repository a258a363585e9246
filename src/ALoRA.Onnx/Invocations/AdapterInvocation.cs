namespace ALoRA.Onnx;

/// <summary>One of several questions about a conversation that are answered together.</summary>
/// <param name="Adapter">Name of the adapter. The same one may be asked several times.</param>
/// <param name="Options">How it is invoked; null appends the adapter's invocation tokens and generates greedily.</param>
public sealed record AdapterInvocation(string Adapter, InvocationOptions? Options = null);
