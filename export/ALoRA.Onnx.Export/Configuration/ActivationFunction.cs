namespace ALoRA.Onnx.Export.Configuration;

/// <summary>Non-linearity of the gate in a decoder's MLP.</summary>
internal enum ActivationFunction
{
    /// <summary>x · sigmoid(x).</summary>
    Silu,
}
