using System.Text;
using ALoRA.Onnx.Tokenization.Text;
using ALoRA.Onnx.Unicode;

namespace ALoRA.Onnx.Tokenization.Decoding;

/// <summary>Reads GPT-2's byte characters back. A token with any other character stands for its own UTF-8 bytes.</summary>
internal sealed class ByteLevelDecoder : TokenDecoder
{
    public override List<string> Decode(List<string> tokens)
    {
        List<byte> bytes = [];
        foreach (string token in tokens)
        {
            bytes.AddRange(BytesOf(token));
        }

        return [Encoding.UTF8.GetString([.. bytes])];
    }

    public override byte[] BytesOf(string token)
    {
        byte[] bytes = new byte[token.Length];
        for (int i = 0; i < token.Length; i++)
        {
            int value = ByteCharacters.ByteOf(CodePoints.At(token, i));
            if (value < 0)
            {
                return Encoding.UTF8.GetBytes(token);
            }

            bytes[i] = (byte)value;
        }

        return bytes;
    }
}
