using System.Buffers.Binary;
using System.Text;
using ALoRA.Onnx.Export.Adapters.Packing;
using ALoRA.Onnx.Export.Settings;

namespace ALoRA.Onnx.Export.Adapters.Files;

/// <summary>Where everything stands in an <c>.onnx_adapter</c> file, and its bytes up to the first weight.</summary>
/// <remarks>
/// FlatBuffers, file identifier TORT, of ONNX Runtime's adapter_schema.fbs: table Adapter { format_version, adapter_version, model_version:
/// int; parameters: [Parameter] }, table Parameter { name: string; dims: [int64]; data_type: int (as in ONNX TensorProto); raw_data:
/// [ubyte], aligned to 8 }. Google's builder fills one growing buffer from its end, so it holds the whole file up to twice in memory.
/// All sizes are known here, so the tables are laid out first and the weights streamed behind them, each at a multiple of 64 bytes.
/// </remarks>
internal sealed class OnnxAdapterLayout
{
    private const int FormatVersion = 1;
    private const int AdapterVersion = 1;
    private const int ModelVersion = 1;
    private const int AdapterVtable = 8;
    private const int VtableSize = 12;
    private const int AdapterTable = AdapterVtable + VtableSize;
    private const int TableSize = 20;
    private const int ParameterVtable = AdapterTable + TableSize;
    private const int ParameterVector = ParameterVtable + VtableSize;
    private const int WeightAlignment = 64;

    private readonly byte[] _header;

    /// <exception cref="CheckpointFormatException">The file would be 2 GiB or larger, which FlatBuffers cannot hold.</exception>
    public OnnxAdapterLayout(IReadOnlyList<AdapterParameter> parameters, ActivationType type)
    {
        byte[][] names = [.. parameters.Select(parameter => Encoding.UTF8.GetBytes(parameter.Name))];
        int count = parameters.Count;
        long end = ParameterVector + sizeof(uint) + (count * (sizeof(uint) + TableSize));
        int firstTable = (int)end - (count * TableSize);
        long[] nameAt = new long[count];
        long[] dimensionsAt = new long[count];
        for (int i = 0; i < count; i++)
        {
            nameAt[i] = Align(end, sizeof(uint));
            end = nameAt[i] + sizeof(uint) + names[i].Length + 1;
            dimensionsAt[i] = VectorBefore(end, sizeof(long));
            end = dimensionsAt[i] + sizeof(uint) + (parameters[i].Dimensions.Length * sizeof(long));
        }

        long headerEnd = end;
        long[] weightsAt = new long[count];
        for (int i = 0; i < count; i++)
        {
            weightsAt[i] = VectorBefore(end, WeightAlignment);
            end = weightsAt[i] + sizeof(uint) + (parameters[i].ElementCount * type.ByteSize());
        }

        Length = end <= int.MaxValue ? end : throw new CheckpointFormatException(
            $"The converted adapter would take {end} bytes, but the .onnx_adapter format ends at {int.MaxValue}. Train with a lower rank "
            + "or export the model with 16-bit activations.");
        WeightsAt = weightsAt;
        _header = new byte[headerEnd];
        WriteTables(count);
        for (int i = 0; i < count; i++)
        {
            int table = firstTable + (i * TableSize);
            Put(ParameterVector + sizeof(uint) + (i * sizeof(uint)), table - (ParameterVector + sizeof(uint) + (i * sizeof(uint))));
            Put(table, table - ParameterVtable);
            Put(table + 4, nameAt[i] - (table + 4));
            Put(table + 8, dimensionsAt[i] - (table + 8));
            Put(table + 12, OnnxDataType(type));
            Put(table + 16, weightsAt[i] - (table + 16));
            Put(nameAt[i], names[i].Length);
            names[i].CopyTo(_header, nameAt[i] + sizeof(uint));
            Put(dimensionsAt[i], parameters[i].Dimensions.Length);
            for (int dimension = 0; dimension < parameters[i].Dimensions.Length; dimension++)
            {
                BinaryPrimitives.WriteInt64LittleEndian(
                    _header.AsSpan((int)dimensionsAt[i] + sizeof(uint) + (dimension * sizeof(long))), parameters[i].Dimensions[dimension]);
            }
        }
    }

    /// <summary>The file from its start to the end of the last table, name and shape.</summary>
    public ReadOnlySpan<byte> Header => _header;

    /// <summary>For each parameter the position of the byte count that stands before its weights.</summary>
    public IReadOnlyList<long> WeightsAt { get; }

    /// <summary>Bytes of the whole file.</summary>
    public long Length { get; }

    private void WriteTables(int count)
    {
        Put(0, AdapterTable);
        "TORT"u8.CopyTo(_header.AsSpan(4));
        // Both tables have four fields of four bytes behind the offset to their vtable.
        foreach (int vtable in (ReadOnlySpan<int>)[AdapterVtable, ParameterVtable])
        {
            ReadOnlySpan<ushort> entries = [VtableSize, TableSize, 4, 8, 12, 16];
            for (int i = 0; i < entries.Length; i++)
            {
                BinaryPrimitives.WriteUInt16LittleEndian(_header.AsSpan(vtable + (i * sizeof(ushort))), entries[i]);
            }
        }

        Put(AdapterTable, AdapterTable - AdapterVtable);
        Put(AdapterTable + 4, FormatVersion);
        Put(AdapterTable + 8, AdapterVersion);
        Put(AdapterTable + 12, ModelVersion);
        Put(AdapterTable + 16, ParameterVector - (AdapterTable + 16));
        Put(ParameterVector, count);
    }

    private void Put(long position, long value) => BinaryPrimitives.WriteInt32LittleEndian(_header.AsSpan((int)position), (int)value);

    private static long Align(long position, int alignment) => (position + alignment - 1) / alignment * alignment;

    // A vector's elements follow its 32-bit count; the elements are what has to be aligned.
    private static long VectorBefore(long end, int alignment) => Align(end + sizeof(uint), alignment) - sizeof(uint);

    private static int OnnxDataType(ActivationType type) => type switch
    {
        ActivationType.Float32 => 1,
        ActivationType.Float16 => 10,
        ActivationType.BFloat16 => 16,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Not an activation type."),
    };
}
