namespace ALoRA.Onnx.Cli.Tests;

[TestClass]
public sealed class AssemblyCleanup
{
    [AssemblyCleanup]
    public static void Clean() => DemoModel.Remove();
}
