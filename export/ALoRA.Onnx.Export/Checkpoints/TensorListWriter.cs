using System.Text.Json;

namespace ALoRA.Onnx.Export.Checkpoints;

/// <summary>Writes the <c>tensors</c> property of a container's description.</summary>
internal static class TensorListWriter
{
    public static void Write(Utf8JsonWriter writer, IEnumerable<CheckpointTensor> tensors)
    {
        writer.WriteStartArray("tensors");
        foreach (CheckpointTensor tensor in tensors)
        {
            writer.WriteStartObject();
            writer.WriteString("name", tensor.Name);
            writer.WriteString("dtype", tensor.Encoding.FormatName());
            writer.WriteStartArray("shape");
            foreach (long size in tensor.Shape)
            {
                writer.WriteNumberValue(size);
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }
}
