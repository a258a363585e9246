namespace ALoRA.Onnx.Export.Configuration;

/// <summary>Non-linearity of a decoder's MLP.</summary>
internal enum ActivationFunction
{
    /// <summary>x · sigmoid(x).</summary>
    Silu,

    /// <summary>x · Φ(x), Φ by the error function.</summary>
    Gelu,

    /// <summary>x · Φ(x), Φ approximated by tanh.</summary>
    GeluTanh,

    /// <summary>max(x, 0).</summary>
    Relu,
}
