namespace ALoRA.Onnx.Export.Settings;

/// <summary>The spelling of <see cref="ActivationType"/> in the model folder's files, and its size.</summary>
internal static class ActivationTypeNames
{
    public static string ToName(this ActivationType type) => type switch
    {
        ActivationType.Float32 => "float32",
        ActivationType.Float16 => "float16",
        ActivationType.BFloat16 => "bfloat16",
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Not an activation type."),
    };

    public static bool TryParse(string name, out ActivationType type)
    {
        (bool known, type) = name switch
        {
            "float32" => (true, ActivationType.Float32),
            "float16" => (true, ActivationType.Float16),
            "bfloat16" => (true, ActivationType.BFloat16),
            _ => (false, default),
        };
        return known;
    }

    /// <summary>Bytes of one element.</summary>
    public static int ByteSize(this ActivationType type) => type == ActivationType.Float32 ? sizeof(float) : sizeof(ushort);
}
