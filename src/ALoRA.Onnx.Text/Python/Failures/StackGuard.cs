using System.Runtime.CompilerServices;

namespace ALoRA.Onnx.Python.Failures;

/// <summary>Turns a recursion that would exhaust the thread's stack into an ordinary failure.</summary>
internal static class StackGuard
{
    public static void Check()
    {
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw TemplateFailure.Limit(
                "maximum recursion depth exceeded: the template or its data is nested too deeply for this thread's stack");
        }
    }

    public static void CheckSyntax(int line)
    {
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw new SyntaxFailure("the template is nested too deeply", line);
        }
    }
}
