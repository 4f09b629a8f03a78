import Hummingbird
import Mustache
import OrderManagement
