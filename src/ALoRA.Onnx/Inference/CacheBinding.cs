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

        for (int layer = 0; layer < session.Layers.Length; layer++)
        {
            string[] names = session.Layers[layer];
            binding.BindInput(names[0], cache.Key(layer));
            binding.BindInput(names[1], cache.Value(layer));
            binding.BindOutput(names[2], cache.Key(layer));
            binding.BindOutput(names[3], cache.Value(layer));
        }

        _version = cache.Version;
    }
}
