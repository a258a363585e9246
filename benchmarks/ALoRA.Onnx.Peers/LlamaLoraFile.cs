using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace ALoRA.Onnx.Peers;

/// <summary>Writes a PEFT adapter of a Llama as llama.cpp's converter does: float32, rows of q and k in its own order.</summary>
internal static class LlamaLoraFile
{
    private const int Alignment = 32;

    private static readonly (string Peft, string Gguf)[] s_modules =
    [
        ("self_attn.q_proj", "attn_q"), ("self_attn.k_proj", "attn_k"), ("self_attn.v_proj", "attn_v"), ("self_attn.o_proj", "attn_output"),
        ("mlp.gate_proj", "ffn_gate"), ("mlp.up_proj", "ffn_up"), ("mlp.down_proj", "ffn_down"),
    ];

    /// <summary>Writes the file.</summary>
    /// <param name="peft">Folder of the adapter.</param>
    /// <param name="file">The file to write.</param>
    /// <param name="headSize">Elements of a head.</param>
    public static void Write(string peft, string file, int headSize)
    {
        using JsonDocument config = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(peft, "adapter_config.json")));
        float alpha = config.RootElement.GetProperty("lora_alpha").GetSingle();
        byte[] source = File.ReadAllBytes(Path.Combine(peft, "adapter_model.safetensors"));
        int header = (int)BinaryPrimitives.ReadUInt64LittleEndian(source);
        using JsonDocument tensors = JsonDocument.Parse(source.AsMemory(8, header));
        List<(string Name, int Rows, int Columns, float[] Data)> written = [];
        foreach (JsonProperty tensor in tensors.RootElement.EnumerateObject().Where(property => property.Name != "__metadata__"))
        {
            int rows = tensor.Value.GetProperty("shape")[0].GetInt32();
            int columns = tensor.Value.GetProperty("shape")[1].GetInt32();
            JsonElement place = tensor.Value.GetProperty("data_offsets");
            ReadOnlySpan<byte> bytes = source.AsSpan(8 + header)[place[0].GetInt32()..place[1].GetInt32()];
            float[] data = ToFloats(bytes, tensor.Value.GetProperty("dtype").GetString()!);
            (string name, bool isRotated) = NameOf(tensor.Name);
            written.Add((name, rows, columns, isRotated ? InHeadOrder(data, columns, headSize) : data));
        }

        Write(file, alpha, written);
    }

    private static void Write(string file, float alpha, List<(string Name, int Rows, int Columns, float[] Data)> tensors)
    {
        using FileStream stream = File.Create(file);
        using BinaryWriter writer = new(stream);
        writer.Write("GGUF"u8);
        writer.Write(3u);
        writer.Write((ulong)tensors.Count);
        writer.Write(4ul);
        WriteText(writer, "general.architecture", "llama");
        WriteText(writer, "general.type", "adapter");
        WriteText(writer, "adapter.type", "lora");
        WriteText(writer, "adapter.lora.alpha");
        writer.Write(6u);
        writer.Write(alpha);
        ulong offset = 0;
        foreach ((string name, int rows, int columns, float[] data) in tensors)
        {
            WriteText(writer, name);
            writer.Write(2u);
            writer.Write((ulong)columns);
            writer.Write((ulong)rows);
            writer.Write(0u);
            writer.Write(offset);
            offset += (ulong)Aligned(data.Length * sizeof(float));
        }

        Pad(writer);
        foreach ((_, _, _, float[] data) in tensors)
        {
            writer.Write(MemoryMarshal.AsBytes(data.AsSpan()));
            Pad(writer);
        }
    }

    private static (string Name, bool IsRotated) NameOf(string peft)
    {
        string[] parts = peft.Split('.');
        int layer = Array.IndexOf(parts, "layers") + 1;
        string module = $"{parts[layer + 1]}.{parts[layer + 2]}";
        bool isB = peft.Contains("lora_B", StringComparison.Ordinal);
        string name = s_modules.FirstOrDefault(pair => pair.Peft == module).Gguf
            ?? throw new InvalidDataException($"{peft}: expected a projection of a Llama, got '{module}'.");
        return ($"blk.{parts[layer]}.{name}.weight.{(isB ? "lora_b" : "lora_a")}", isB && (name is "attn_q" or "attn_k"));
    }

    // llama.cpp rotates neighbours, Transformers the halves of a head.
    private static float[] InHeadOrder(float[] data, int columns, int headSize)
    {
        float[] ordered = new float[data.Length];
        int rows = data.Length / columns;
        for (int row = 0; row < rows; row++)
        {
            int head = row / headSize;
            int within = row % headSize;
            int source = (head * headSize) + (within % 2 * headSize / 2) + (within / 2);
            data.AsSpan(source * columns, columns).CopyTo(ordered.AsSpan(row * columns));
        }

        return ordered;
    }

    private static float[] ToFloats(ReadOnlySpan<byte> bytes, string dtype)
    {
        if (dtype == "F32")
        {
            return MemoryMarshal.Cast<byte, float>(bytes).ToArray();
        }

        if (dtype != "BF16")
        {
            throw new InvalidDataException($"Expected tensors of F32 or BF16, got {dtype}.");
        }

        ReadOnlySpan<ushort> halves = MemoryMarshal.Cast<byte, ushort>(bytes);
        float[] values = new float[halves.Length];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = BitConverter.UInt32BitsToSingle((uint)halves[i] << 16);
        }

        return values;
    }

    private static void WriteText(BinaryWriter writer, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        writer.Write((ulong)bytes.Length);
        writer.Write(bytes);
    }

    private static void WriteText(BinaryWriter writer, string key, string value)
    {
        WriteText(writer, key);
        writer.Write(8u);
        WriteText(writer, value);
    }

    private static long Aligned(long length) => (length + Alignment - 1) / Alignment * Alignment;

    private static void Pad(BinaryWriter writer)
    {
        writer.Flush();
        writer.Write(new byte[Aligned(writer.BaseStream.Position) - writer.BaseStream.Position]);
    }
}
