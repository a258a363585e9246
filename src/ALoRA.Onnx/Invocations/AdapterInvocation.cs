namespace ALoRA.Onnx;

/// <summary>One of several invocations that are computed together on one conversation.</summary>
/// <param name="Adapter">Name of the adapter. The same one may be invoked several times.</param>
/// <param name="Options">How it is invoked; null appends its invocation tokens and generates greedily.</param>
public sealed record AdapterInvocation(string Adapter, InvocationOptions? Options = null);
