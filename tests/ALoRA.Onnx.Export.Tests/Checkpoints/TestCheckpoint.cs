namespace ALoRA.Onnx.Export.Tests.Checkpoints;

/// <summary>Writes small files of checkpoints.</summary>
internal static class TestCheckpoint
{
    /// <summary>A safetensors file with one byte, a different one for each tensor.</summary>
    public static void WriteShard(string path, params ReadOnlySpan<string> names)
    {
        SafetensorsDeclaration[] tensors = new SafetensorsDeclaration[names.Length];
        for (int i = 0; i < names.Length; i++)
        {
            tensors[i] = new(names[i], TensorEncoding.U8, [1]);
        }

        using SafetensorsWriter writer = SafetensorsWriter.Create(path, tensors);
        for (int i = 0; i < names.Length; i++)
        {
            writer.Write([(byte)names[i][^1]]);
        }

        writer.Complete();
    }
}
