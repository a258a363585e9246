using ALoRA.Onnx.Export.Configuration;

namespace ALoRA.Onnx.Export.Architectures;

/// <summary>The windows of Qwen 2 and 3.</summary>
internal static class QwenWindows
{
    private const int DefaultWindow = 4096;
    private const int DefaultFullLayers = 28;

    /// <summary>
    /// The window of each layer: without <c>layer_types</c>, <c>max_window_layers</c> is the number of lower layers that have none.
    /// </summary>
    public static IReadOnlyList<int?> Read(ModelConfig config)
    {
        int? given = config.Keys.OptionalCount("sliding_window", DefaultWindow);
        int fullLayers = config.Keys.Whole("max_window_layers", DefaultFullLayers);
        int? window = config.Keys.Boolean("use_sliding_window", false) ? given : null;
        return LayerWindows.ByType(config, window, layer => window is not null && layer >= fullLayers);
    }
}
