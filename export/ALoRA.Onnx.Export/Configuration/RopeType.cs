namespace ALoRA.Onnx.Export.Configuration;

/// <summary>How rotary frequencies are derived from the base.</summary>
internal enum RopeType
{
    /// <summary>theta^(-2i/d).</summary>
    Default,

    /// <summary>All frequencies divided by a factor.</summary>
    Linear,

    /// <summary>Low frequencies divided by a factor, high ones kept, those between interpolated.</summary>
    Llama3,
}
