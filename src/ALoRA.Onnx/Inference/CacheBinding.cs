using ALoRA.Onnx.Caching;
using Microsoft.ML.OnnxRuntime;

namespace ALoRA.Onnx.Inference;

/// <summary>Binds a cache as past and present of all layers, again whenever its buffers were replaced. Not thread-safe.</summary>
internal sealed class CacheBinding(ModelSession session, KvCache cache, OrtIoBinding binding)
{
    private int _version = -1;

    public void Update()
    {
        if (_version == cache.Version)
        {
            return;
        }

        Bind(session, cache.Buffers, binding);
        _version = cache.Version;
    }

    /// <summary>Binds buffers as past and present of all layers.</summary>
    public static void Bind(ModelSession session, KvBuffers buffers, OrtIoBinding binding)
    {
        for (int layer = 0; layer < session.Layers.Length; layer++)
        {
            string[] names = session.Layers[layer];
            binding.BindInput(names[0], buffers.Keys(layer).Value);
            binding.BindInput(names[1], buffers.Values(layer).Value);
            binding.BindOutput(names[2], buffers.Keys(layer).Value);
            binding.BindOutput(names[3], buffers.Values(layer).Value);
        }
    }
}
