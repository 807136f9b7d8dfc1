"""What stands in README.txt of an evidence package."""

README = """\
证据包 · Evidence package
================================================================================

本包内容
  package.json        清单：每个文件的 SHA-256 与大小，事件列表，本包编号；activity 列出
                      看到同一活动的其他摄像机（证据库的判断，各有自己的证据包）
  package.dsse.json   证据库对清单的签名（DSSE，Ed25519）
  envelopes/N.json    设备签名的记录（DSSE 信封，Ed25519），N 为设备内序号，原样未改
  media/              原始图片与视频，文件名即其 SHA-256
  keys/device.json    设备公钥及其登记记录
  keys/store.json     证据库公钥
  verify.py           独立核验程序（Python 3.11 及 cryptography 库）

核验方法
  linewarden verify 本文件.zip --trust 设备指纹 --trust-store 证据库指纹
  或解压后： python verify.py 目录或zip（参数相同）
  包内的公钥不能证明自身：两个指纹须另行取得。设备指纹向设备所有者索取，证据库指纹
  由其管理员用 linewarden store key 打印。若知道应收到哪一包，加 --package-id 编号，
  旧包便不能冒充新包（编号在文件名中，证据库留有记录）。
  包内的 verify.py 也可能被替换：要求严格时请使用自己安装的 linewarden verify。

说明
  摄像机产生的内容是线索，经有权机关审核后方可作为证据。
  核验通过表示：字节与签名时一致，且由该密钥签名。它不证明拍摄内容真实，也不证明时钟准确。

--------------------------------------------------------------------------------

What is in it
  package.json        the list: SHA-256 and size of every file, the events, and
                      the id of this package; `activity`: other cameras that saw the
                      same, as the store judges (each has a package of its own)
  package.dsse.json   the store's signature over the list (DSSE, Ed25519)
  envelopes/N.json    records signed by the device (DSSE, Ed25519), N is its own
                      sequence number; bytes exactly as they came
  media/              original pictures and video, named by their SHA-256
  keys/device.json    the device's public key and the record of its enrolment
  keys/store.json     the store's public key
  verify.py           stand-alone checker (Python 3.11 and `cryptography`)

How to check
  linewarden verify THIS.zip --trust DEVICE_KEY --trust-store STORE_KEY
  or, unpacked: python verify.py FOLDER_OR_ZIP with the same options
  A key inside the package cannot vouch for itself: get both fingerprints from
  elsewhere, the device's from its owner, the store's from its administrator
  (`linewarden store key`). If you know which package you were to get, add
  --package-id: then an older one cannot pose as it (the id stands in the file's
  name, and the store keeps it). verify.py could have been replaced too: where it
  matters, use a `linewarden verify` of your own.

What it means
  What a camera produces is a lead until the authority has reviewed it. PASS means
  that the bytes are those that were signed, by this key. It does not prove that
  the scene was real, nor that the clock was right.
"""
