using Microsoft.ML.OnnxRuntime;

namespace ALoRA.Onnx.Devices;

/// <summary>The provider that a model's sessions use.</summary>
/// <param name="Name">Name as ONNX Runtime spells it.</param>
/// <param name="Reason">Why this one.</param>
/// <param name="Device">The device; null for the CPU.</param>
/// <param name="Options">Options of the provider.</param>
internal sealed record ChosenProvider(string Name, string Reason, OrtEpDevice? Device, IReadOnlyDictionary<string, string> Options)
{
    /// <summary>Makes a session use the provider.</summary>
    public void AppendTo(SessionOptions options)
    {
        if (Device is not null)
        {
            options.AppendExecutionProvider(OrtEnv.Instance(), [Device], Options);
        }
    }
}
