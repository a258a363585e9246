using System.Net;
using System.Net.Sockets;

namespace ALoRA.Onnx.Cluster.Tests.Processes;

/// <summary>
/// Ports of this machine that nobody listens at. Somebody else may take one before it is used, which the start then says.
/// </summary>
internal static class FreePorts
{
    public static int Next()
    {
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
