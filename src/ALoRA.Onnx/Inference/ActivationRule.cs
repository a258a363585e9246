namespace ALoRA.Onnx.Inference;

/// <summary>Where an aLoRA becomes active in a prompt, as PEFT decides it.</summary>
internal static class ActivationRule
{
    /// <summary>Index of the first adapted token: that of the first id of the last complete occurrence, moved by <paramref name="offset"/>; null if there is no occurrence.</summary>
    /// <param name="prompt">All ids of the prompt.</param>
    /// <param name="invocation">The ids to look for, at least one.</param>
    /// <param name="offset">-1, 0 or 1; see <see cref="AdapterManifest.ActivationOffset"/>.</param>
    public static int? FindStart(ReadOnlySpan<int> prompt, ReadOnlySpan<int> invocation, int offset)
    {
        int start = invocation.IsEmpty ? -1 : prompt.LastIndexOf(invocation);
        return start < 0 ? null : Math.Clamp(start + offset, 0, prompt.Length);
    }
}
